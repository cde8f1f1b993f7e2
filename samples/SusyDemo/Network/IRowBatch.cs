namespace SusyDemo.Network;

/// <summary>Some rows. Disposed when done with; the spans are not touched after that.</summary>
internal interface IRowBatch : IDisposable
{
    int Rows { get; }

    /// <summary>Where the pass goes on after this batch.</summary>
    string State { get; }

    /// <summary>[<see cref="Rows"/>, feature count], row by row.</summary>
    ReadOnlySpan<float> Features { get; }

    /// <summary>[<see cref="Rows"/>], 0 or 1.</summary>
    ReadOnlySpan<float> Labels { get; }

    /// <summary>A number that is this row's alone, in every pass and process.</summary>
    ulong RowId(int row);
}
