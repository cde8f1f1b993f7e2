using Microsoft.ML;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>Reads a column that is no vector.</summary>
internal sealed class ScalarProbe<T>(DataViewRow row, DataViewSchema.Column column) : ColumnProbe
{
    private readonly ValueGetter<T> _getter = row.GetGetter<T>(column) ?? throw new InvalidOperationException("the getter is null");
    private T _last = default!;

    public override object Read()
    {
        T value = default!;
        _getter(ref value);
        return Freeze(value);
    }

    public override IEnumerable<object> ReadInManyWays()
    {
        yield return Read();
        yield return Read();
        _getter(ref _last);
        yield return Freeze(_last);
    }

    public override Func<object> Keep()
    {
        T value = default!;
        _getter(ref value);
        return () => Freeze(value);
    }

    public override string? FindSharing() => null;
}
