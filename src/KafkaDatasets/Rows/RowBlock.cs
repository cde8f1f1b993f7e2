using System.Runtime.CompilerServices;
using KafkaDatasets.Fetching;

namespace KafkaDatasets.Rows;

/// <summary>Decoded rows, stored by column, with the partition and offset of each; it has one owner at a time and is reused between passes through a pool.</summary>
internal sealed class RowBlock
{
    private readonly int _mostRows;
    private int[] _partitions = [];
    private long[] _offsets = [];
    private long[] _timestamps = [];
    private int[]? _topics;

    /// <param name="layout">The columns.</param>
    /// <param name="isMixed">Whether the rows come from several topics.</param>
    public RowBlock(IReadOnlyList<BlockColumn> layout, bool isMixed = false)
    {
        _topics = isMixed ? [] : null;
        _mostRows = Array.MaxLength / Math.Max(1, layout.Max(c => (int?)c.Width) ?? 1);
        Columns = [.. layout.Select(c => c.CreateBuffer())];
        BytesPerRow = sizeof(int) + sizeof(long) + sizeof(long) + Columns.Sum(c => c.BytesPerRow);
    }

    public ColumnBuffer[] Columns { get; }

    public int BytesPerRow { get; }

    /// <summary>Whether rows have neither text nor list items, so that all of them have the same size.</summary>
    public bool IsFixedWidth => !Array.Exists(Columns, c => c is TextColumn or RaggedColumn);

    /// <summary>The number of bytes of its arrays.</summary>
    public long Bytes => (_partitions.Length * (long)(sizeof(int) + sizeof(long) + sizeof(long))) + Columns.Sum(c => c.Bytes);

    public int Rows { get; private set; }

    /// <summary>The number of bytes of the rows, counting text and list items.</summary>
    public long UsedBytes
    {
        get
        {
            long bytes = (long)Rows * (sizeof(int) + sizeof(long) + sizeof(long));
            foreach (ColumnBuffer column in Columns)
            {
                bytes += column.BytesOf(Rows);
            }

            return bytes;
        }
    }

    public ReadOnlySpan<int> Partitions => _partitions.AsSpan(0, Rows);

    public ReadOnlySpan<long> Offsets => _offsets.AsSpan(0, Rows);

    /// <summary>Milliseconds since the Unix epoch.</summary>
    public ReadOnlySpan<long> Timestamps => _timestamps.AsSpan(0, Rows);

    /// <summary>The index of each row's topic in a mix of topics; empty when all rows come from the same one.</summary>
    public ReadOnlySpan<int> Topics => _topics is null ? [] : _topics.AsSpan(0, Rows);

    public void Clear() => Rows = 0;

    /// <summary>Changes which row is written next, for callers that write several before counting them.</summary>
    public void Seek(int row) => Rows = row;

    public void EnsureRows(int rows)
    {
        if (_partitions.Length < rows)
        {
            Array.Resize(ref _partitions, rows);
            Array.Resize(ref _offsets, rows);
            Array.Resize(ref _timestamps, rows);
            if (_topics is not null)
            {
                Array.Resize(ref _topics, rows);
            }
        }

        foreach (ColumnBuffer column in Columns)
        {
            column.EnsureRows(rows);
        }
    }

    /// <summary>Counts the row whose columns were written at <see cref="Rows"/>.</summary>
    public void CompleteRow(int partition, long offset, long timestamp)
    {
        int row = Rows;
        _partitions[row] = partition;
        _offsets[row] = offset;
        _timestamps[row] = timestamp;
        Rows = row + 1;
    }

    /// <summary>Counts consecutive records of a chunk whose columns were written from <see cref="Rows"/> onwards.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void CompleteRows(RecordChunk chunk, int start, int count)
    {
        Span<long> offsets = _offsets.AsSpan(Rows, count);
        Span<long> timestamps = _timestamps.AsSpan(Rows, count);
        ReadOnlySpan<RecordEntry> entries = chunk.Entries.AsSpan(start, count);
        for (int i = 0; i < entries.Length; i++)
        {
            offsets[i] = entries[i].Offset;
            timestamps[i] = entries[i].Timestamp;
        }

        _partitions.AsSpan(Rows, count).Fill(chunk.Partition);
        Rows += count;
    }

    /// <summary>Has rows loaded into the core's cache, before they are copied one by one.</summary>
    public void Prefetch(int row, int count)
    {
        foreach (ColumnBuffer column in Columns)
        {
            column.Prefetch(row, count);
        }

        CacheLines.Prefetch<long>(_timestamps.AsSpan(row, count));
    }

    /// <summary>Whether every column has room of its own for each row, so that rows can be written in any order.</summary>
    public bool CanScatter => Columns.All(c => c.CanScatter);

    /// <summary>Copies consecutive rows, which are of one partition, to any rows of other blocks, which must have room for them.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="partition">The partition of the rows.</param>
    /// <param name="first">The offset of the first row, if the offsets are consecutive: they are then not loaded; else null.</param>
    /// <param name="blocks">The other blocks.</param>
    /// <param name="columns">Their columns: for each column, that of each block.</param>
    /// <param name="targets">Where each row belongs.</param>
    public void Scatter(int row, int partition, long? first, ReadOnlySpan<RowBlock> blocks, ColumnBuffer[][] columns, ReadOnlySpan<RowPosition> targets)
    {
        for (int i = 0; i < Columns.Length; i++)
        {
            Columns[i].Scatter(row, columns[i], targets);
        }

        ReadOnlySpan<long> offsets = _offsets.AsSpan(row, targets.Length);
        ReadOnlySpan<long> timestamps = _timestamps.AsSpan(row, targets.Length);
        long next = first ?? 0;
        for (int i = 0; i < targets.Length; i++)
        {
            RowBlock block = blocks[targets[i].Block];
            int target = targets[i].Row;
            block._partitions[target] = partition;
            block._offsets[target] = first is null ? offsets[i] : next++;
            block._timestamps[target] = timestamps[i];
        }
    }

    /// <summary>Appends single rows of several blocks.</summary>
    /// <param name="sources">The blocks.</param>
    /// <param name="columns">Their columns: for each column, that of each block.</param>
    /// <param name="rows">The rows.</param>
    public void Gather(ReadOnlySpan<RowBlock> sources, ColumnBuffer[][] columns, ReadOnlySpan<RowPosition> rows)
    {
        if (_partitions.Length < Rows + rows.Length)
        {
            EnsureRows(Rows + rows.Length);
        }

        for (int i = 0; i < Columns.Length; i++)
        {
            Columns[i].Gather(columns[i], rows, Rows);
        }

        // One array after another: the reads, which miss the caches, are then independent of each other.
        for (int i = 0; i < rows.Length; i++)
        {
            _partitions[Rows + i] = sources[rows[i].Block]._partitions[rows[i].Row];
        }

        for (int i = 0; i < rows.Length; i++)
        {
            _offsets[Rows + i] = sources[rows[i].Block]._offsets[rows[i].Row];
        }

        for (int i = 0; i < rows.Length; i++)
        {
            _timestamps[Rows + i] = sources[rows[i].Block]._timestamps[rows[i].Row];
        }

        Rows += rows.Length;
    }

    /// <summary>Appends single rows of the blocks of several topics, one block for each topic.</summary>
    /// <param name="sources">The blocks; null for topics of which there is no row.</param>
    /// <param name="columns">Their columns: for each column of this block, that of each topic.</param>
    /// <param name="rows">The rows.</param>
    public void GatherMixed(ReadOnlySpan<RowBlock> sources, ColumnBuffer[][] columns, ReadOnlySpan<RowPosition> rows)
    {
        int first = Rows;
        Gather(sources, columns, rows);
        Span<int> topics = _topics.AsSpan(first, rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            topics[i] = rows[i].Block;
        }
    }

    /// <summary>Appends rows of another block; the arrays at least double when they grow, up to the size of the largest block.</summary>
    public void Append(RowBlock source, int sourceRow, int count, int largest)
    {
        int rows = Rows + count;
        if (_partitions.Length < rows)
        {
            EnsureRows((int)Math.Max(rows, Math.Min(2L * _partitions.Length, Math.Min(largest, _mostRows))));
        }

        for (int i = 0; i < Columns.Length; i++)
        {
            Columns[i].CopyRows(source.Columns[i], sourceRow, Rows, count);
        }

        source.Partitions.Slice(sourceRow, count).CopyTo(_partitions.AsSpan(Rows));
        source.Offsets.Slice(sourceRow, count).CopyTo(_offsets.AsSpan(Rows));
        source.Timestamps.Slice(sourceRow, count).CopyTo(_timestamps.AsSpan(Rows));
        if (_topics is not null)
        {
            source.Topics.Slice(sourceRow, count).CopyTo(_topics.AsSpan(Rows));
        }

        Rows += count;
    }
}
