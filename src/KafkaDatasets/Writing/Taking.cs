namespace KafkaDatasets.Writing;

/// <summary>Whether librdkafka's queue accepted a row.</summary>
internal enum Taking
{
    /// <summary>The row is queued.</summary>
    Taken,

    /// <summary>The queue is full.</summary>
    Full,

    /// <summary>The row was refused permanently.</summary>
    Refused,
}
