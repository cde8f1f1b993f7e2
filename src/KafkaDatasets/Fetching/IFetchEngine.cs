using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching;

/// <summary>The interface between the library and a way to talk to brokers: queries to resolve a range, and passes over the resolved range.</summary>
/// <remarks>Thread-safe. Resources that it holds between passes are released after an idle timeout.</remarks>
internal interface IFetchEngine : ITopicOffsets, IAsyncDisposable
{
    /// <summary>The engine's name in log messages.</summary>
    string Name { get; }

    /// <summary>Whether the segments of a pass are read side by side, so that short pieces of them cost no more than long ones.</summary>
    bool ReadsSegmentsInParallel { get; }

    /// <summary>Whether the brokers support the group protocol of KIP-848; false if the engine cannot find out.</summary>
    ValueTask<bool> HasConsumerProtocolAsync(CancellationToken cancellationToken);

    /// <summary>Starts a pass, without throwing for broker errors: they appear at the first read.</summary>
    /// <param name="order">The order in which to read.</param>
    /// <param name="bytes">The maximum number of bytes held in chunks.</param>
    IRecordSource OpenSource(ReadOrder order, long bytes);

    /// <summary>Starts reading at the head of a topic's log; null if the engine cannot.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="topicId">Its id; null if the brokers do not have any.</param>
    /// <param name="bytes">The maximum number of bytes held in chunks.</param>
    /// <param name="events">Receives what arrives.</param>
    IHeadReader? OpenHead(string topic, Guid? topicId, long bytes, IHeadEvents events) => null;
}
