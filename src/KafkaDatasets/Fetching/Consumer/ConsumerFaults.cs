using Confluent.Kafka;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>The exceptions that end the reading of a partition, each with its place.</summary>
internal static class ConsumerFaults
{
    public static DataLossException Lost(PartitionQueue queue, string topic, string message) => new(message)
    {
        Topic = topic,
        Partition = queue.Range.Partition,
        Offset = queue.Position,
    };

    public static RecordBatchException Corrupt(PartitionQueue queue, string topic, ConsumeException e) =>
        new($"The record batch at topic '{topic}', partition {queue.Range.Partition}, offset {queue.Position} or after is corrupt: {e.Error.Reason}.", e)
        {
            Topic = topic,
            Partition = queue.Range.Partition,
            Offset = queue.Position,
        };

    public static BrokerException Refused(PartitionQueue queue, string topic, TimeSpan timeout, ConsumeException e) =>
        new($"Partition {queue.Range.Partition} of topic '{topic}' could not be read on from offset {queue.Position} for {timeout.TotalSeconds:0.#} s: {e.Error.Reason}.", e)
        {
            Topic = topic,
            Partition = queue.Range.Partition,
            Offset = queue.Position,
            ErrorCode = (int)e.Error.Code,
        };

    public static BrokerException Silent(PartitionQueue queue, string topic, TimeSpan timeout, Error? last) =>
        new($"Nothing has come for {timeout} from topic '{topic}', partition {queue.Range.Partition}, at offset {queue.Position}, before its end {queue.Range.End}: {last?.Reason ?? "no broker reported an error"}.")
        {
            Topic = topic,
            Partition = queue.Range.Partition,
            Offset = queue.Position,
        };

    /// <summary>What ended the whole pass, as the reader of one partition meets it.</summary>
    public static Exception? At(PartitionQueue queue, string topic, Exception? failure)
    {
        string where = $"Partition {queue.Range.Partition} was read up to offset {queue.Published} of {queue.Range}.";
        return failure switch
        {
            DataLossException { Partition: null } loss => new DataLossException($"{loss.Message} {where}", loss)
            {
                Topic = topic,
                Partition = queue.Range.Partition,
                Offset = queue.Published,
            },
            BrokerException { Partition: null } fault => new BrokerException($"{fault.Message} {where}", fault)
            {
                Topic = topic,
                Partition = queue.Range.Partition,
                Offset = queue.Published,
                IsAccessDenied = fault.IsAccessDenied,
                ErrorCode = fault.ErrorCode,
            },
            _ => failure,
        };
    }
}
