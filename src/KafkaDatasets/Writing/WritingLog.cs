using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Writing;

internal static partial class WritingLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Topic {Topic} created with {Partitions} partitions.")]
    public static partial void TopicCreated(this ILogger logger, string topic, int partitions);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Topic {Topic} exists with {Partitions} partitions, not {Wanted}; it is used as it is.")]
    public static partial void TopicDiffers(this ILogger logger, string topic, int partitions, int wanted);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Rows} rows ({Bytes} bytes) written to topic {Topic}.")]
    public static partial void Flushed(this ILogger logger, string topic, long rows, long bytes);

    [LoggerMessage(Level = LogLevel.Error, Message = "A row was not written to topic {Topic}, partition {Partition}: {Reason}")]
    public static partial void DeliveryFailed(this ILogger logger, string topic, int partition, string reason);

    [LoggerMessage(Message = "{Client}: {Text}")]
    public static partial void Client(this ILogger logger, LogLevel level, string client, string text);
}
