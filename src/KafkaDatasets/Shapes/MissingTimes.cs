using KafkaDatasets.Formats;

namespace KafkaDatasets.Shapes;

/// <summary>Writes the times of views: the least of a type, which is a missing value, is null.</summary>
internal static class MissingTimes
{
    public static bool Are(Type type) => type == typeof(DateTime) || type == typeof(DateTimeOffset) || type == typeof(TimeSpan);

    /// <exception cref="SchemaException">Times cannot be written as that field.</exception>
    public static Action<ValueBuffer, TValue> Compile<TValue>(ValueFormat format, RowField field, string path) => default(TValue) switch
    {
        DateTime => (Action<ValueBuffer, TValue>)(object)OrNull(format, field, path, DateTime.MinValue),
        DateTimeOffset => (Action<ValueBuffer, TValue>)(object)OrNull(format, field, path, DateTimeOffset.MinValue),
        _ => (Action<ValueBuffer, TValue>)(object)OrNull(format, field, path, TimeSpan.MinValue),
    };

    private static Action<ValueBuffer, TTime> OrNull<TTime>(ValueFormat format, RowField field, string path, TTime missing)
        where TTime : struct, IEquatable<TTime>
    {
        Action<ValueBuffer, TTime?> write = format.Field<TTime?>(field, path);
        return (buffer, time) => write(buffer, time.Equals(missing) ? null : time);
    }
}
