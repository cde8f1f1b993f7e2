using Google.Protobuf;

namespace KafkaDatasets.Shapes;

/// <summary>Lossless conversions from the .NET types of values to the types that formats write.</summary>
internal static class Conversions
{
    private static readonly Delegate[] ToInt32 =
    [
        (Func<sbyte, long>)(static v => v), (Func<byte, long>)(static v => v), (Func<short, long>)(static v => v), (Func<ushort, long>)(static v => v), (Func<int, long>)(static v => v),
    ];

    private static readonly Delegate[] ToUInt32 = [(Func<byte, long>)(static v => v), (Func<ushort, long>)(static v => v), (Func<uint, long>)(static v => v)];

    private static readonly Dictionary<ScalarKind, Delegate[]> ByKind = new()
    {
        [ScalarKind.Boolean] = [Same<bool>()],
        [ScalarKind.Int32] = ToInt32,
        [ScalarKind.UInt32] = ToUInt32,
        [ScalarKind.Int64] = [.. ToInt32, (Func<uint, long>)(static v => v), Same<long>(), (Func<ulong, long>)(static v => v <= long.MaxValue ? (long)v : throw TooLarge(v))],
        [ScalarKind.UInt64] = [(Func<byte, ulong>)(static v => v), (Func<ushort, ulong>)(static v => v), (Func<uint, ulong>)(static v => v), Same<ulong>()],
        [ScalarKind.Single] = [Same<float>(), (Func<sbyte, float>)(static v => v), (Func<byte, float>)(static v => v), (Func<short, float>)(static v => v), (Func<ushort, float>)(static v => v)],
        [ScalarKind.Double] =
        [
            Same<double>(), (Func<float, double>)(static v => v), (Func<sbyte, double>)(static v => v), (Func<byte, double>)(static v => v),
            (Func<short, double>)(static v => v), (Func<ushort, double>)(static v => v), (Func<int, double>)(static v => v), (Func<uint, double>)(static v => v),
        ],
        [ScalarKind.Decimal] = [Same<decimal>(), (Func<int, decimal>)(static v => v), (Func<long, decimal>)(static v => v), (Func<uint, decimal>)(static v => v), (Func<ulong, decimal>)(static v => v)],
        [ScalarKind.Text] = [Same<ReadOnlyMemory<char>>(), (Func<string, ReadOnlyMemory<char>>)(static v => v.AsMemory())],
        [ScalarKind.Bytes] = [Same<ReadOnlyMemory<byte>>(), (Func<byte[], ReadOnlyMemory<byte>>)(static v => v), (Func<ByteString, ReadOnlyMemory<byte>>)(static v => v.Memory)],
        [ScalarKind.Uuid] = [Same<Guid>()],
        [ScalarKind.Date] = [Same<DateOnly>()],
        [ScalarKind.Time] = [Same<TimeSpan>(), (Func<TimeOnly, TimeSpan>)(static v => v.ToTimeSpan())],
        [ScalarKind.TimeSpan] = [Same<TimeSpan>()],
        [ScalarKind.Timestamp] = [Same<DateTimeOffset>(), (Func<DateTime, DateTimeOffset>)(static v => new DateTimeOffset(v.Kind == DateTimeKind.Local ? v.ToUniversalTime().Ticks : v.Ticks, TimeSpan.Zero))],
        [ScalarKind.LocalTimestamp] = [Same<DateTime>()],
    };

    /// <summary>Finds a <see cref="Func{T, TResult}"/> that converts the type to that of the kind; null if there is none.</summary>
    public static Delegate? Find(Type from, ScalarKind to) => ByKind[to].FirstOrDefault(convert => convert.GetType().GetGenericArguments()[0] == from);

    private static Func<TValue, TValue> Same<TValue>() => static v => v;

    private static SchemaException TooLarge(ulong value) => new($"{value} is more than a 64-bit integer with a sign can hold.");
}
