using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching;

/// <summary>The seam between the library and a way to talk to brokers: what resolving a range asks, and passes over what it was resolved to.</summary>
/// <remarks>Safe for any number of threads. Between passes it holds nothing that an idle time-out does not give back.</remarks>
internal interface IFetchEngine : ITopicOffsets, IAsyncDisposable
{
    /// <summary>What the log calls it.</summary>
    string Name { get; }

    /// <summary>Starts a pass. It throws nothing that needs a broker: faults appear at the first read.</summary>
    /// <param name="order">What is read, and in which order.</param>
    /// <param name="bytes">The bound on the bytes held in chunks.</param>
    IRecordSource OpenSource(ReadOrder order, long bytes);
}
