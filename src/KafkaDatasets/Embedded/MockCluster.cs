using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace KafkaDatasets.Embedded;

/// <summary>librdkafka's mock cluster: brokers on the loopback interface that keep their logs in memory.</summary>
/// <remarks>It supports Kafka's client protocol except for CreateTopics, offsets by timestamp, and security.</remarks>
internal sealed class MockCluster : IDisposable
{
    private const int FirstBroker = 1;

    /// <summary>How long a consumer group waits for more members before its first rebalance, in milliseconds; librdkafka's default is 3 seconds.</summary>
    private const int GroupDelay = 20;

    private readonly MockClusterHandle _handle;
    private readonly int _replicationFactor;

    internal MockCluster(int brokers)
    {
        _handle = MockClusterHandle.Create(brokers);
        _replicationFactor = Math.Min(3, brokers);
        Librdkafka.rd_kafka_mock_set_controller_id(_handle, FirstBroker);
        Librdkafka.rd_kafka_mock_group_initial_rebalance_delay_ms(_handle, GroupDelay);
        BootstrapServers = Marshal.PtrToStringUTF8(Librdkafka.rd_kafka_mock_cluster_bootstraps(_handle))!;
    }

    internal string BootstrapServers { get; }

    internal ErrorCode CreateTopic(string topic, int partitions) => Librdkafka.rd_kafka_mock_topic_create(_handle, topic, partitions, _replicationFactor);

    internal ErrorCode DeleteTopic(string topic) => Librdkafka.rd_kafka_mock_topic_delete(_handle, topic);

    internal ErrorCode DeleteRecords(string topic, int partition, long beforeOffset) =>
        Librdkafka.rd_kafka_mock_partition_delete_records(_handle, topic, partition, beforeOffset);

    public void Dispose() => _handle.Dispose();
}
