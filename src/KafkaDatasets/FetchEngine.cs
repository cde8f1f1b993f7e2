namespace KafkaDatasets;

/// <summary>Which of the two engines fetches records from the brokers. Both give the same rows in the same order.</summary>
public enum FetchEngine
{
    /// <summary>The direct engine if it supports every property in <see cref="KafkaDatasetOptions.ClientConfig"/> and the brokers are Kafka 0.11 or newer; otherwise the Confluent.Kafka consumer (logged). The default.</summary>
    Auto,

    /// <summary>The library's own fetch engine, which reads whole record batches. A client property that it does not support is an error.</summary>
    Direct,

    /// <summary>The Confluent.Kafka consumer, which supports every security mechanism that librdkafka supports.</summary>
    Consumer,
}
