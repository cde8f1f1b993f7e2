namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>A memory budget that buffers and chunks count towards.</summary>
internal interface IBufferBudget
{
    /// <summary>The maximum number of bytes for each of the segments that are read in parallel.</summary>
    long Quota { get; }

    /// <summary>Counts bytes that are taken; negative when they are returned.</summary>
    void OnBuffer(int bytes);

    /// <summary>Records how many bytes a batch being read takes.</summary>
    void OnOpened(int bytes);
}
