namespace KafkaDatasets.Writing;

/// <summary>What librdkafka's queue made of a row.</summary>
internal enum Taking
{
    /// <summary>It is queued.</summary>
    Taken,

    /// <summary>The queue is full.</summary>
    Full,

    /// <summary>It was refused for good.</summary>
    Refused,
}
