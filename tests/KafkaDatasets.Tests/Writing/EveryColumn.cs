using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.Writing;

/// <summary>A row of a view with columns of every type, some of them within records; and what each is when it has been written and read.</summary>
internal sealed class EveryColumn
{
    private static readonly string[] Kinds = ["red", "green", "blue"];
    private static readonly string[] Phrases = ["a b", "", "\"é\""];
    private static readonly string[] Texts = ["", "a", "é\"\\\n\t\u0001\u2028", "😀 ,;", "null"];

    public bool Flag { get; set; }

    [ColumnName("in.tiny")]
    public sbyte Tiny { get; set; }

    [ColumnName("in.small")]
    public byte Small { get; set; }

    public short Short { get; set; }

    [ColumnName("in.deep.unsigned")]
    public ushort Unsigned { get; set; }

    public int Whole { get; set; }

    [ColumnName("in.count")]
    public uint Count { get; set; }

    public long Big { get; set; }

    public ulong Bigger { get; set; }

    public float Single { get; set; }

    [ColumnName("in.deep.precise")]
    public double Precise { get; set; }

    [ColumnName("in.text")]
    public string Text { get; set; } = "";

    [ColumnName("at.local")]
    public DateTime Local { get; set; }

    [ColumnName("at.instant")]
    public DateTimeOffset Instant { get; set; }

    [ColumnName("at.span")]
    public TimeSpan Span { get; set; }

    [ColumnName("in.kind")]
    public string Kind { get; set; } = "";

    public string Phrase { get; set; } = "";

    [KeyType(10)]
    public uint Number { get; set; }

    [VectorType(3)]
    public float[] Point { get; set; } = [];

    [ColumnName("list.doubles")]
    public double[] Doubles { get; set; } = [];

    [ColumnName("list.longs")]
    public long[] Longs { get; set; } = [];

    [ColumnName("list.flags")]
    public bool[] Flags { get; set; } = [];

    [ColumnName("list.texts")]
    public string[] Words { get; set; } = [];

    [ColumnName("list.bytes")]
    public byte[] Bytes { get; set; } = [];

    [ColumnName("list.times")]
    public DateTimeOffset[] Times { get; set; } = [];

    [ColumnName("list.spans")]
    public TimeSpan[] Spans { get; set; } = [];

    [ColumnName("list.kinds")]
    public string[] KindList { get; set; } = [];

    /// <summary>The columns, and what each is read as from Avro, JSON and Protobuf, where what is in a message may be missing.</summary>
    public static IReadOnlyDictionary<string, ColumnType[]> ReadAs { get; } = new Dictionary<string, ColumnType[]>
    {
        ["Flag"] = [ColumnType.Boolean, ColumnType.Boolean, ColumnType.Boolean],
        ["in.tiny"] = [ColumnType.Int32, ColumnType.Int32, ColumnType.Double],
        ["in.small"] = [ColumnType.Int32, ColumnType.Int32, ColumnType.Double],
        ["Short"] = [ColumnType.Int32, ColumnType.Int32, ColumnType.Int32],
        ["in.deep.unsigned"] = [ColumnType.Int32, ColumnType.Int32, ColumnType.Double],
        ["Whole"] = [ColumnType.Int32, ColumnType.Int32, ColumnType.Int32],
        ["in.count"] = [ColumnType.Int64, ColumnType.UInt32, ColumnType.Double],
        ["Big"] = [ColumnType.Int64, ColumnType.Int64, ColumnType.Int64],
        ["Bigger"] = [ColumnType.Int64, ColumnType.UInt64, ColumnType.UInt64],
        ["Single"] = [ColumnType.Single, ColumnType.Single, ColumnType.Single],
        ["in.deep.precise"] = [ColumnType.Double, ColumnType.Double, ColumnType.Double],
        ["in.text"] = [ColumnType.Text, ColumnType.Text, ColumnType.Text],
        ["at.local"] = [ColumnType.DateTime, ColumnType.DateTime, ColumnType.DateTimeOffset],
        ["at.instant"] = [ColumnType.DateTimeOffset, ColumnType.DateTimeOffset, ColumnType.DateTimeOffset],
        ["at.span"] = [ColumnType.TimeSpan, ColumnType.TimeSpan, ColumnType.TimeSpan],
        ["in.kind"] = [ColumnType.Key, ColumnType.Key, ColumnType.Key],
        ["Phrase"] = [ColumnType.Text, ColumnType.Key, ColumnType.Text],
        ["Number"] = [ColumnType.Double, ColumnType.Double, ColumnType.Double],
        ["Point"] = [ColumnType.Single, ColumnType.Single, ColumnType.Single],
        ["list.doubles"] = [ColumnType.Double, ColumnType.Double, ColumnType.Double],
        ["list.longs"] = [ColumnType.Int64, ColumnType.Int64, ColumnType.Int64],
        ["list.flags"] = [ColumnType.Boolean, ColumnType.Boolean, ColumnType.Boolean],
        ["list.texts"] = [ColumnType.Text, ColumnType.Text, ColumnType.Text],
        ["list.bytes"] = [ColumnType.UInt8, ColumnType.Int32, ColumnType.UInt8],
        ["list.times"] = [ColumnType.DateTimeOffset, ColumnType.DateTimeOffset, ColumnType.DateTimeOffset],
        ["list.spans"] = [ColumnType.TimeSpan, ColumnType.TimeSpan, ColumnType.TimeSpan],
        ["list.kinds"] = [ColumnType.Key, ColumnType.Key, ColumnType.Key],
    };

    /// <summary>A view of random rows, and within what the format holds.</summary>
    public static IDataView View(MLContext ml, Random random, WriteFormat format, int rows)
    {
        IDataView kinds = ml.Data.LoadFromEnumerable(Kinds.Select(k => new Symbol { Value = k }));
        IDataView phrases = ml.Data.LoadFromEnumerable(Phrases.Select(p => new Symbol { Value = p }));
        IDataView view = ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(_ => Random(random, format)).ToArray());
        return ml.Transforms.Conversion.MapValueToKey([new InputOutputColumnPair("in.kind"), new("list.kinds")], keyData: kinds)
            .Append(ml.Transforms.Conversion.MapValueToKey("Phrase", keyData: phrases))
            .Fit(view).Transform(view);
    }

    private static EveryColumn Random(Random random, WriteFormat format)
    {
        return new EveryColumn
        {
            Flag = random.Next(2) == 0,
            Tiny = (sbyte)random.Next(sbyte.MinValue, sbyte.MaxValue + 1),
            Small = (byte)random.Next(byte.MaxValue + 1),
            Short = (short)random.Next(short.MinValue, short.MaxValue + 1),
            Unsigned = (ushort)random.Next(ushort.MaxValue + 1),
            Whole = Whole(),
            Count = (uint)Whole(),
            Big = Big(),
            Bigger = (ulong)Big() & (format == WriteFormat.Avro ? long.MaxValue : ulong.MaxValue),
            Single = Pick(0, -0f, float.NaN, float.PositiveInfinity, float.Epsilon, float.MaxValue, random.NextSingle()),
            Precise = Double(),
            Text = Pick(Texts),
            Local = Pick(DateTime.MinValue, new DateTime(Instant()), new DateTime(Instant()), DateTime.UnixEpoch),
            Instant = Pick(DateTimeOffset.MinValue, new DateTimeOffset(Instant(), TimeSpan.FromMinutes(random.Next(-14 * 60, 14 * 60)))),
            Span = Pick(TimeSpan.MinValue, TimeSpan.Zero, Span(), Span()),
            Kind = Pick([.. Kinds, "none"]),
            Phrase = Pick([.. Phrases, "none"]),
            Number = (uint)random.Next(11),
            Point = [random.NextSingle(), float.NaN, -1],
            Doubles = Some(Double),
            Longs = Some(Big),
            Flags = Some(() => random.Next(2) == 0),
            Words = Some(() => Pick(Texts)),
            Bytes = Some(() => (byte)random.Next(256)),
            Times = Some(() => new DateTimeOffset(Instant(), TimeSpan.Zero)),
            Spans = Some(Span),
            KindList = Some(() => Pick([.. Kinds, format == WriteFormat.Protobuf ? "red" : "none"])),
        };

        T Pick<T>(params T[] values) => values[random.Next(values.Length)];

        T[] Some<T>(Func<T> next) => [.. Enumerable.Range(0, random.Next(4)).Select(_ => next())];

        int Whole() => Pick(0, int.MinValue, int.MaxValue, random.Next(), -random.Next());

        long Big() => Pick(0, long.MinValue, long.MaxValue, random.NextInt64(), -random.NextInt64());

        double Double() => Pick(0, -0.0, double.NaN, double.NegativeInfinity, double.Epsilon, double.MaxValue, 0.1, random.NextDouble());

        // a day away from the ends, for the sake of time zones; whole microseconds, which is what the schema of Avro counts in
        long Instant() => Cut(random.NextInt64(TimeSpan.TicksPerDay, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay));

        TimeSpan Span() => new(Cut(format switch
        {
            WriteFormat.Avro => random.NextInt64(TimeSpan.TicksPerDay),
            WriteFormat.Json => Pick(long.MaxValue, Big(), random.NextInt64(TimeSpan.TicksPerDay)),
            _ => random.NextInt64(-TimeSpan.TicksPerDay * 3_652_500, TimeSpan.TicksPerDay * 3_652_500),
        }));

        long Cut(long ticks) => format == WriteFormat.Avro ? ticks / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond : ticks;
    }

    private sealed class Symbol
    {
        public string Value { get; set; } = "";
    }
}
