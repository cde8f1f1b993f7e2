using System.Runtime.InteropServices;
using System.Text;

namespace KafkaDatasets.Embedded;

/// <summary>A mock cluster, and the client instance that it belongs to.</summary>
internal sealed class MockClusterHandle : SafeHandle
{
    private readonly nint _client;

    private MockClusterHandle(nint client)
        : base(0, ownsHandle: true)
    {
        _client = client;
    }

    public override bool IsInvalid => _client == 0;

    internal static MockClusterHandle Create(int brokers)
    {
        MockClusterHandle cluster = new(CreateClient());
        cluster.SetHandle(Librdkafka.rd_kafka_mock_cluster_new(cluster._client, brokers));
        if (cluster.handle == 0)
        {
            cluster.Dispose();
            throw new KafkaDatasetException($"The embedded Kafka could not be started with {brokers} broker(s): no ports or threads are available.");
        }

        return cluster;
    }

    protected override bool ReleaseHandle()
    {
        if (handle != 0)
        {
            Librdkafka.rd_kafka_mock_cluster_destroy(handle);
        }

        Librdkafka.rd_kafka_destroy(_client);
        return true;
    }

    private static unsafe nint CreateClient()
    {
        nint conf = Librdkafka.rd_kafka_conf_new();
        Librdkafka.rd_kafka_conf_set_log_cb(conf, 0);
        byte* error = stackalloc byte[512];
        nint client = Librdkafka.rd_kafka_new(Librdkafka.Producer, conf, error, 512);
        if (client == 0)
        {
            Librdkafka.rd_kafka_conf_destroy(conf);
            throw new KafkaDatasetException($"The embedded Kafka could not be started: {Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(error))}");
        }

        return client;
    }
}
