using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace KafkaDatasets.Embedded;

/// <summary>The functions of librdkafka's mock cluster, which Confluent.Kafka does not expose, called in the library that it has loaded.</summary>
internal static partial class Librdkafka
{
    private const string Library = "librdkafka";
    private const string LibraryOfAlpine = "alpine-librdkafka";
    private const string LibraryWithoutSasl = "centos8-librdkafka";

    internal const int Producer = 0;

    static Librdkafka() => NativeLibrary.SetDllImportResolver(typeof(Librdkafka).Assembly, Resolve);

    [LibraryImport(Library)]
    internal static partial nint rd_kafka_conf_new();

    [LibraryImport(Library)]
    internal static partial void rd_kafka_conf_destroy(nint conf);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_conf_set_log_cb(nint conf, nint callback);

    [LibraryImport(Library)]
    internal static unsafe partial nint rd_kafka_new(int type, nint conf, byte* error, nuint errorSize);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_destroy(nint client);

    [LibraryImport(Library)]
    internal static partial nint rd_kafka_mock_cluster_new(nint client, int brokers);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_mock_cluster_destroy(nint cluster);

    [LibraryImport(Library)]
    internal static partial nint rd_kafka_mock_cluster_bootstraps(MockClusterHandle cluster);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_mock_set_controller_id(MockClusterHandle cluster, int broker);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_mock_group_initial_rebalance_delay_ms(MockClusterHandle cluster, int milliseconds);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ErrorCode rd_kafka_mock_topic_create(MockClusterHandle cluster, string topic, int partitions, int replicationFactor);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ErrorCode rd_kafka_mock_topic_delete(MockClusterHandle cluster, string topic);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ErrorCode rd_kafka_mock_partition_delete_records(MockClusterHandle cluster, string topic, int partition, long beforeOffset);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != Library)
        {
            return 0;
        }

        // Confluent.Kafka chooses among several builds of the library, and which one is known only after loading.
        _ = Confluent.Kafka.Library.VersionString;
        using Process process = Process.GetCurrentProcess();
        IEnumerable<string> candidates = process.Modules.Cast<ProcessModule>()
            .Select(module => module.FileName)
            .Where(path => Path.GetFileName(path).Contains(Library, StringComparison.OrdinalIgnoreCase))
            .Concat([Library, LibraryWithoutSasl, LibraryOfAlpine]);
        foreach (string candidate in candidates)
        {
            if (NativeLibrary.TryLoad(candidate, assembly, searchPath, out nint handle))
            {
                if (NativeLibrary.TryGetExport(handle, nameof(rd_kafka_mock_cluster_new), out _))
                {
                    return handle;
                }

                NativeLibrary.Free(handle);
            }
        }

        throw new DllNotFoundException("The librdkafka that Confluent.Kafka loaded has no mock cluster; use the one of the librdkafka.redist package.");
    }
}
