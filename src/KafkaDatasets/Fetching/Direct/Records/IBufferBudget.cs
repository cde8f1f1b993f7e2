namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Whose memory buffers and chunks count as.</summary>
internal interface IBufferBudget
{
    /// <summary>How much may be held for one of the segments that are read side by side.</summary>
    long Quota { get; }

    /// <summary>Counts bytes that are taken, or, negative, given back.</summary>
    void OnBuffer(int bytes);

    /// <summary>Learns how many bytes a batch takes that is being read.</summary>
    void OnOpened(int bytes);
}
