namespace KafkaDatasets.Pipeline;

/// <summary>How a pipeline divides its memory; this never changes the rows or their order.</summary>
/// <param name="BlockRows">The maximum number of rows in a block.</param>
/// <param name="BlockBytes">The approximate maximum size of the records in a block, in bytes; blocks of larger records have fewer rows.</param>
/// <param name="Blocks">The maximum number of blocks between fetching and the reader.</param>
/// <param name="SourceBytes">The maximum size of the fetched records, in bytes.</param>
/// <param name="Workers">The maximum number of decoding threads; with 1 there are no workers, and records are decoded where they are put in order.</param>
internal sealed record PipelineOptions(int BlockRows, long BlockBytes, int Blocks, long SourceBytes, int Workers)
{
    /// <summary>The number of cores left for fetching and the reader.</summary>
    private const int CoresForOthers = 2;

    private const int MostAtOnce = 16;

    /// <summary>The number of blocks for which the reader is woken while more are on their way.</summary>
    public int BlocksAtOnce => Math.Clamp(Blocks / 2, 1, MostAtOnce);

    /// <summary>The number of additional blocks that the reader holds, for the windows of a shuffled order.</summary>
    public int BlocksHeld { get; init; }

    /// <summary>The maximum size of the rows of a window that the reader holds, in bytes; of a larger window it holds a part, and reads the window again for the others.</summary>
    public long WindowBytes { get; init; }

    /// <summary>Divides the memory for a shuffled order: a quarter for the rows of a window that is being read, as much for the rows that are being filled, and the rest for records.</summary>
    /// <param name="prefetchBytes">The limit of the whole pass, in bytes.</param>
    /// <param name="bytesPerRow">The size of a decoded row, in bytes.</param>
    /// <param name="windowRows">The maximum number of rows in a window.</param>
    /// <param name="workers">The maximum number of decoding threads, or null for all cores but two.</param>
    public static PipelineOptions ForWindows(long prefetchBytes, int bytesPerRow, int windowRows, int? workers)
    {
        const int blocks = 16;
        long quarter = prefetchBytes / 4;
        long windowBytes = Math.Min(quarter, (long)bytesPerRow * windowRows);
        int rows = (int)Math.Clamp(quarter / blocks / Math.Max(1, bytesPerRow), 1, Math.Max(1, windowRows));
        return new PipelineOptions(
            rows,
            Math.Max(4 << 10, quarter / blocks),
            blocks,
            prefetchBytes - windowBytes - Math.Min(quarter, (long)rows * bytesPerRow * blocks),
            workers ?? Math.Max(1, Environment.ProcessorCount - CoresForOthers))
        {
            BlocksHeld = (int)Math.Clamp((windowRows + rows - 1) / rows, 1, 64),
            WindowBytes = quarter,
        };
    }

    /// <summary>Divides the memory: three quarters for records, a quarter for rows.</summary>
    /// <param name="prefetchBytes">The limit of the whole pass, in bytes.</param>
    /// <param name="bytesPerRow">The size of a decoded row, in bytes.</param>
    /// <param name="wantedRows">The number of rows that the reader wants in a block.</param>
    /// <param name="workers">The maximum number of decoding threads, or null for all cores but two.</param>
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
