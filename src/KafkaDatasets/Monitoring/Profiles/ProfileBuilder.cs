using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Profiles;

/// <summary>Builds the profiles of the columns of row blocks of one layout.</summary>
internal sealed class ProfileBuilder
{
    /// <summary>Blocks with fewer values are not worth a second thread.</summary>
    private const int LeastParallelValues = 32_768;

    /// <summary>How many columns of a matrix one thread takes at a time.</summary>
    private const int GroupColumns = 16;

    private readonly List<ColumnCollector> _collectors = [];

    /// <summary>Prepares for blocks of a layout: all columns but the label and those that have no profile (times, lists).</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="only">The names of the wanted columns; null for all.</param>
    public ProfileBuilder(RowLayout layout, IReadOnlySet<string>? only = null)
    {
        for (int i = 0; i < layout.Columns.Count; i++)
        {
            if (i == layout.Features)
            {
                string[] names = [.. layout.Columns[i].Fields.SelectMany(f => f.SlotNames)];
                for (int first = 0; first < names.Length; first += GroupColumns)
                {
                    string[] group = names[first..Math.Min(names.Length, first + GroupColumns)];
                    if (only is null || only.Overlaps(group))
                    {
                        _collectors.Add(new SingleCollector(i, first, group));
                    }
                }
            }
            else if (i != layout.Label && layout.Columns[i].Tensor is null && (only is null || only.Overlaps(layout.Columns[i].Fields[0].SlotNames)) && CollectorOf(i, layout.Columns[i].Fields[0]) is { } collector)
            {
                _collectors.Add(collector);
            }
        }
    }

    /// <summary>The number of rows added.</summary>
    public long Rows { get; private set; }

    /// <summary>Whether a column has a profile.</summary>
    public static bool Has(DatasetColumn column) => CollectorOf(0, column) is not null;

    /// <summary>Adds the rows of a block.</summary>
    public void Add(RowBlock block)
    {
        Rows += block.Rows;
        if (_collectors.Count > 1 && (long)block.Rows * block.Columns.Length >= LeastParallelValues / GroupColumns)
        {
            Parallel.ForEach(_collectors, collector => collector.Add(block));
        }
        else
        {
            _collectors.ForEach(collector => collector.Add(block));
        }
    }

    /// <summary>The profiles of the columns; nothing can be added afterwards.</summary>
    public IReadOnlyList<ColumnProfile> Finish() => [.. _collectors.SelectMany(c => c.Finish())];

    private static ColumnCollector? CollectorOf(int index, DatasetColumn column)
    {
        if (column.IsRagged)
        {
            return null;
        }

        IReadOnlyList<string> names = [.. column.SlotNames];
        return column.Type switch
        {
            ColumnType.Single => new SingleCollector(index, 0, names),
            ColumnType.Double => Numbers<double>(v => v),
            ColumnType.Int8 => Numbers<sbyte>(v => v),
            ColumnType.UInt8 => Numbers<byte>(v => v),
            ColumnType.Int16 => Numbers<short>(v => v),
            ColumnType.UInt16 => Numbers<ushort>(v => v),
            ColumnType.Int32 => Numbers<int>(v => v),
            ColumnType.UInt32 => Numbers<uint>(v => v),
            ColumnType.Int64 => Numbers<long>(v => v),
            ColumnType.UInt64 => Numbers<ulong>(v => v),
            ColumnType.TimeSpan => Numbers<TimeSpan>(v => v == TimeSpan.MinValue ? double.NaN : v.TotalSeconds),
            ColumnType.Boolean or ColumnType.Key or ColumnType.Text => column.IsVector ? null : new CategoryCollector(index, column),
            ColumnType.DateTime or ColumnType.DateTimeOffset => null, // times are always other than in the past
            _ => throw new System.Diagnostics.UnreachableException($"column type {column.Type}"),
        };

        NumberCollector<T> Numbers<T>(Func<T, double> toNumber)
            where T : unmanaged => new(index, column.Type, names, toNumber);
    }
}
