using System.Diagnostics;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Encoders;

/// <summary>Encodes times of views, in which the minimum value of the type means missing and becomes null.</summary>
internal static class MissingTimes
{
    /// <summary>Builds the encoder of a column whose type satisfies <see cref="ViewShape.IsTime"/>.</summary>
    /// <exception cref="SchemaException">Times cannot be written as the field.</exception>
    public static Action<ValueBuffer, TValue> Compile<TValue>(ValueFormat format, RowField field, string path) => default(TValue) switch
    {
        DateTime => (Action<ValueBuffer, TValue>)(object)OrNull(format, field, path, DateTime.MinValue),
        DateTimeOffset => (Action<ValueBuffer, TValue>)(object)OrNull(format, field, path, DateTimeOffset.MinValue),
        TimeSpan => (Action<ValueBuffer, TValue>)(object)OrNull(format, field, path, TimeSpan.MinValue),
        _ => throw new UnreachableException(),
    };

    private static Action<ValueBuffer, TTime> OrNull<TTime>(ValueFormat format, RowField field, string path, TTime missing)
        where TTime : struct, IEquatable<TTime>
    {
        Action<ValueBuffer, TTime?> write = format.Field<TTime?>(field, path);
        return (buffer, time) => write(buffer, time.Equals(missing) ? null : time);
    }
}
