using System.Text;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Profiles;

/// <summary>Collects a column of texts, keys or Booleans.</summary>
internal sealed class CategoryCollector(int index, DatasetColumn column) : ColumnCollector
{
    private readonly CategorySketch _sketch = new();
    private char[] _characters = new char[256];

    public override void Add(RowBlock block)
    {
        switch (block.Columns[index])
        {
            case TextColumn texts:
                for (int row = 0; row < block.Rows; row++)
                {
                    AddText(texts.Text(row));
                }

                break;
            case FixedColumn<uint> keys:
                AddKeys(keys.Values.AsSpan(0, block.Rows));
                break;
            case FixedColumn<bool> flags:
                int set = flags.Values.AsSpan(0, block.Rows).Count(true);
                AddTimes("true", set);
                AddTimes("false", block.Rows - set);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"column {column.Name} of type {column.Type}");
        }
    }

    public override IEnumerable<ColumnProfile> Finish()
    {
        _sketch.Shrink();
        return [new ColumnProfile(column.Name, column.Type, _sketch)];
    }

    private void AddText(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            _sketch.CountMissing(1);
            return;
        }

        if (_characters.Length < utf8.Length)
        {
            _characters = new char[utf8.Length];
        }

        _sketch.Add(_characters.AsSpan(0, Encoding.UTF8.GetChars(utf8, _characters)));
    }

    private void AddKeys(ReadOnlySpan<uint> keys)
    {
        IReadOnlyList<string> values = column.KeyValues!;
        long[] counts = new long[values.Count + 1];
        foreach (uint key in keys)
        {
            counts[key]++;
        }

        _sketch.CountMissing(counts[0]);
        for (int i = 0; i < values.Count; i++)
        {
            AddTimes(values[i], counts[i + 1]);
        }
    }

    private void AddTimes(string value, long times)
    {
        if (times > 0)
        {
            _sketch.Add(value, times);
        }
    }
}
