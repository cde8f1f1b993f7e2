namespace KafkaDatasets.Testing.Cluster;

/// <summary>A node whose topics may keep their older segments in remote storage, which is a folder.</summary>
internal sealed class TieredStorage : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kafkadatasets-remote-");

    /// <summary>The node's properties.</summary>
    public IReadOnlyDictionary<string, string> BrokerProperties => new Dictionary<string, string>
    {
        ["remote.log.storage.system.enable"] = "true",
        ["remote.log.storage.manager.class.name"] = "org.apache.kafka.server.log.remote.storage.LocalTieredStorage",
        ["rsm.config.dir"] = _folder.FullName,
        ["remote.log.metadata.manager.listener.name"] = "PLAINTEXT",
        ["rlmm.config.remote.log.metadata.topic.replication.factor"] = "1",
        ["rlmm.config.remote.log.metadata.topic.num.partitions"] = "4",
        ["remote.log.manager.task.interval.ms"] = "500",
        ["log.retention.check.interval.ms"] = "500",
        ["file.delete.delay.ms"] = "100",
    };

    /// <summary>The configuration of a topic of which all but the last segments go to remote storage, and only there.</summary>
    /// <param name="segmentBytes">The length of a segment.</param>
    public static IReadOnlyDictionary<string, string> TopicConfig(int segmentBytes = 1 << 20) => new Dictionary<string, string>
    {
        ["remote.storage.enable"] = "true",
        ["segment.bytes"] = $"{segmentBytes}",
        ["local.retention.bytes"] = $"{segmentBytes}",
        ["retention.ms"] = "-1",
    };

    /// <summary>The segments of a topic that are in remote storage.</summary>
    public IReadOnlyList<FileInfo> Segments(string topic) =>
        [.. _folder.EnumerateFiles("*.log", SearchOption.AllDirectories).Where(f => f.FullName.Contains(topic, StringComparison.Ordinal)).OrderBy(f => f.FullName, StringComparer.Ordinal)];

    /// <summary>Waits until every partition has no more than so many bytes in the node's own log.</summary>
    public static async Task WaitAsync(KafkaNode node, string topic, long bytes, CancellationToken cancellationToken)
    {
        long largest = 0;
        await Until.TrueAsync(
            () =>
            {
                largest = Directory.EnumerateDirectories(node.LogDirectory, $"{topic}-*").Max(Length);
                return Task.FromResult(largest <= bytes);
            },
            TimeSpan.FromSeconds(90),
            () => $"a partition of {topic} has {largest} bytes still that are not in remote storage alone",
            cancellationToken);

        static long Length(string folder) => new DirectoryInfo(folder).EnumerateFiles("*.log").Sum(Size);

        static long Size(FileInfo file)
        {
            try
            {
                return file.Length;
            }
            catch (FileNotFoundException)
            {
                return 0; // the node has deleted it just now
            }
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
