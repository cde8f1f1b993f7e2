using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>Reads a column of vectors.</summary>
internal sealed class VectorProbe<T>(DataViewRow row, DataViewSchema.Column column) : ColumnProbe
{
    private readonly ValueGetter<VBuffer<T>> _getter = row.GetGetter<VBuffer<T>>(column) ?? throw new InvalidOperationException("the getter is null");
    private VBuffer<T> _last;

    public override object Read() => Freeze(Get());

    public override IEnumerable<object> ReadInManyWays()
    {
        yield return Read();
        yield return Read();
        _getter(ref _last);
        yield return Freeze(_last);
        T[] items = [.. _last.DenseValues().Reverse()];
        foreach (VBuffer<T> rubbish in (VBuffer<T>[])[new(items.Length, items), new(items.Length + 3, 1, new T[1], [2]), new(1, new T[1])])
        {
            VBuffer<T> value = rubbish;
            _getter(ref value);
            yield return Freeze(value);
        }
    }

    public override Func<object> Keep()
    {
        VBuffer<T> value = Get();
        return () => Freeze(value);
    }

    public override string? FindSharing()
    {
        VBuffer<T> first = Get();
        VBuffer<T> second = Get();
        if (first.GetValues().Overlaps(second.GetValues()))
        {
            return "two calls of a getter gave the same array";
        }

        object before = Freeze(first);
        VBufferEditor<T> editor = VBufferEditor.CreateFromBuffer(ref second);
        editor.Values.Reverse();
        editor.Values[..(editor.Values.Length / 2)].Clear();
        second = editor.Commit();
        return Read().Equals(before) ? null : "the caller wrote into its own vector, and the row changed";
    }

    private VBuffer<T> Get()
    {
        VBuffer<T> value = default;
        _getter(ref value);
        return value;
    }

    private static VectorValue Freeze(in VBuffer<T> vector) => new([.. vector.DenseValues().Select(v => Freeze(v))]);
}
