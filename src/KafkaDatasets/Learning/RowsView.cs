using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Learning;

/// <summary>Rows in memory as an ML.NET view with <c>Label</c> and <c>Features</c>, with the names of the features; rows that are not needed, as those without a label, are not rows of the view.</summary>
/// <remarks>ML.NET's own view of .NET objects generates code at run time, which is not possible in trimmed and file-based apps.</remarks>
internal sealed class RowsView : IDataView
{
    private readonly int _width;
    private readonly float[] _values;
    private readonly float[] _labels;

    private RowsView(OnlineTask task, IReadOnlyList<string> features, float[] values, float[] labels)
    {
        _width = features.Count;
        _values = values;
        _labels = labels;
        ReadOnlyMemory<char>[] names = [.. features.Select(f => f.AsMemory())];
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(
            "SlotNames",
            new VectorDataViewType(TextDataViewType.Instance, names.Length),
            (ref VBuffer<ReadOnlyMemory<char>> value) =>
            {
                VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref value, names.Length);
                names.CopyTo(editor.Values);
                value = editor.Commit();
            });
        var schema = new DataViewSchema.Builder();
        schema.AddColumn("Label", task == OnlineTask.BinaryClassification ? BooleanDataViewType.Instance : NumberDataViewType.Single);
        schema.AddColumn("Features", new VectorDataViewType(NumberDataViewType.Single, _width), annotations.ToAnnotations());
        Schema = schema.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public int Rows => _labels.Length;

    /// <summary>Whether a row has a number in every feature.</summary>
    public bool HasCompleteRow
    {
        get
        {
            for (int i = 0; i < Rows; i++)
            {
                if (IsComplete(_values.AsSpan(i * _width, _width)))
                {
                    return true;
                }
            }

            return false;
        }
    }

    public static RowsView Of(OnlineTask task, IReadOnlyList<string> features, ReadOnlySpan<float> values, ReadOnlySpan<float> labels, RowsNeeded needed = RowsNeeded.Labelled)
    {
        int width = features.Count;
        if (labels.IsEmpty)
        {
            return new RowsView(task, features, values.ToArray(), new float[values.Length / width]);
        }

        var kept = new List<int>(labels.Length);
        for (int i = 0; i < labels.Length; i++)
        {
            if (float.IsFinite(labels[i]) && (needed != RowsNeeded.Complete || IsComplete(values.Slice(i * width, width))))
            {
                kept.Add(i);
            }
        }

        float[] keptValues = new float[kept.Count * width];
        float[] keptLabels = new float[kept.Count];
        for (int i = 0; i < kept.Count; i++)
        {
            values.Slice(kept[i] * width, width).CopyTo(keptValues.AsSpan(i * width));
            keptLabels[i] = labels[kept[i]];
        }

        return new RowsView(task, features, keptValues, keptLabels);
    }

    public long? GetRowCount() => _labels.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(this, [.. columnsNeeded.Select(c => c.Index)]);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    /// <summary>ML.NET's linear trainers take infinity for missing too.</summary>
    private static bool IsComplete(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }

    private sealed class Cursor(RowsView view, HashSet<int> active) : DataViewRowCursor
    {
        private long _position = -1;

        public override long Position => _position;

        public override long Batch => 0;

        public override DataViewSchema Schema => view.Schema;

        public override bool MoveNext()
        {
            _position = _position >= -1 && _position + 1 < view._labels.Length ? _position + 1 : -2;
            return _position >= 0;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Delegate getter = column.Index switch
            {
                1 => (ValueGetter<VBuffer<float>>)GetFeatures,
                _ when typeof(TValue) == typeof(bool) => (ValueGetter<bool>)((ref bool value) => value = view._labels[_position] > 0.5f),
                _ => (ValueGetter<float>)((ref float value) => value = view._labels[_position]),
            };
            return getter as ValueGetter<TValue> ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {column.Type}, not {typeof(TValue).Name}.");
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)_position, 0);

        private void GetFeatures(ref VBuffer<float> value)
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, view._width);
            view._values.AsSpan((int)_position * view._width, view._width).CopyTo(editor.Values);
            value = editor.Commit();
        }
    }
}
