namespace KafkaDatasets.Pipeline;

/// <summary>How a pipeline divides its memory; none of it changes the rows or their order.</summary>
/// <param name="BlockRows">The most rows of a block.</param>
/// <param name="BlockBytes">About the most bytes of records that go into a block; blocks of larger records have fewer rows.</param>
/// <param name="Blocks">The most blocks between fetching and the reader.</param>
/// <param name="SourceBytes">The bound on the bytes of fetched records.</param>
/// <param name="Workers">The most threads that decode; 1: no worker, records are decoded where they are put in order.</param>
internal sealed record PipelineOptions(int BlockRows, long BlockBytes, int Blocks, long SourceBytes, int Workers)
{
    /// <summary>Cores that are left to fetching and to the reader.</summary>
    private const int CoresForOthers = 2;

    private const int MostAtOnce = 16;

    /// <summary>How many blocks the reader is woken for, where the next ones are on their way.</summary>
    public int BlocksAtOnce => Math.Clamp(Blocks / 2, 1, MostAtOnce);

    /// <summary>The blocks that the reader holds besides, for the windows of a shuffled order.</summary>
    public int BlocksHeld { get; init; }

    /// <summary>The division for a shuffled order: two windows of rows, of which one is read while the other is filled, and the rest for records.</summary>
    /// <param name="prefetchBytes">The bound of the whole pass.</param>
    /// <param name="bytesPerRow">The bytes of a decoded row.</param>
    /// <param name="windowRows">The most rows of a window.</param>
    /// <param name="workers">The most threads that decode, or null for all cores but two.</param>
    public static PipelineOptions ForWindows(long prefetchBytes, int bytesPerRow, int windowRows, int? workers)
    {
        const int blocks = 32;
        long windowBytes = (long)bytesPerRow * windowRows;
        int rows = Math.Max(1, (windowRows + blocks - 1) / blocks);
        return new PipelineOptions(
            rows,
            Math.Max(64 << 10, prefetchBytes / 4 / blocks),
            blocks,
            Math.Max(prefetchBytes / 4, prefetchBytes - (2 * windowBytes)),
            workers ?? Math.Max(1, Environment.ProcessorCount - CoresForOthers))
        {
            BlocksHeld = blocks,
        };
    }

    /// <summary>Three quarters of the memory for records, a quarter for rows.</summary>
    /// <param name="prefetchBytes">The bound of the whole pass.</param>
    /// <param name="bytesPerRow">The bytes of a decoded row.</param>
    /// <param name="wantedRows">The rows that the reader wants in a block.</param>
    /// <param name="workers">The most threads that decode, or null for all cores but two.</param>
    public static PipelineOptions For(long prefetchBytes, int bytesPerRow, int wantedRows, int? workers)
    {
        long rowBytes = prefetchBytes / 4;
        int rows = (int)Math.Clamp(rowBytes / 4 / Math.Max(1, bytesPerRow), 1, wantedRows);
        int blocks = (int)Math.Clamp(rowBytes / Math.Max(1, (long)rows * bytesPerRow), 2, 32);
        return new PipelineOptions(
            rows,
            Math.Max(64 << 10, rowBytes / blocks),
            blocks,
            prefetchBytes - rowBytes,
            workers ?? Math.Max(1, Environment.ProcessorCount - CoresForOthers));
    }
}
