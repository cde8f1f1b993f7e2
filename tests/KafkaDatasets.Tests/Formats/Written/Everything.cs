namespace KafkaDatasets.Tests.Formats.Written;

/// <summary>A record with a property of every type that can be written.</summary>
public sealed class Everything
{
    public bool Flag { get; set; }

    public sbyte Tiny { get; set; }

    public byte Byte { get; set; }

    public short Short { get; set; }

    public ushort UShort { get; set; }

    public int Int { get; set; }

    public uint UInt { get; set; }

    public long Long { get; set; }

    public ulong ULong { get; set; }

    public float Single { get; set; }

    public double Double { get; set; }

    public decimal Price { get; set; }

    public string Text { get; set; } = "";

    public byte[] Blob { get; set; } = [];

    public Guid Id { get; set; }

    public DateOnly Date { get; set; }

    public TimeOnly Time { get; set; }

    public TimeSpan Span { get; set; }

    public DateTime At { get; set; }

    public DateTimeOffset Zoned { get; set; }

    public Shade Shade { get; set; }

    public int? MaybeInt { get; set; }

    public string? MaybeText { get; set; }

    public Shade? MaybeShade { get; set; }

    public DateTime? MaybeAt { get; set; }

    public float[] Floats { get; set; } = [];

    public List<long> Longs { get; set; } = [];

    public IReadOnlyList<string> Words { get; set; } = [];

    public Dictionary<string, double> Weights { get; set; } = [];

    public Inner Nested { get; set; } = new();

    public Inner? MaybeNested { get; set; }

    public List<Inner> Many { get; set; } = [];

    public static Everything Filled() => new()
    {
        Flag = true,
        Tiny = -128,
        Byte = 255,
        Short = -32768,
        UShort = 65535,
        Int = int.MinValue,
        UInt = uint.MaxValue,
        Long = long.MinValue,
        ULong = long.MaxValue,
        Single = 0.1f,
        Double = -1e-300,
        Price = -1234567890.123456789m,
        Text = "Žluťoučký \"kůň\"\n\u0001 𝄞",
        Blob = [0, 1, 254, 255],
        Id = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"),
        Date = new DateOnly(1969, 7, 20),
        Time = new TimeOnly(23, 59, 59, 999, 999),
        Span = new TimeSpan(0, 1, 2, 3, 4, 5),
        At = new DateTime(1969, 7, 20, 20, 17, 40, 123, 456, DateTimeKind.Utc),
        Zoned = new DateTimeOffset(2026, 11, 24, 1, 2, 3, 500, TimeSpan.FromHours(-5)),
        Shade = Shade.Dark,
        MaybeInt = 0,
        MaybeText = "",
        MaybeShade = Shade.Light,
        MaybeAt = DateTime.UnixEpoch,
        Floats = [1.5f, float.NegativeZero, float.MaxValue],
        Longs = [0, -1, long.MaxValue],
        Words = ["", "zwei", "drei"],
        Weights = new() { ["a"] = 0.25, ["ü"] = 0 },
        Nested = new() { X = 1.25f, Tags = ["t"] },
        MaybeNested = new(),
        Many = [new() { X = 2, Tags = [.. Enumerable.Range(0, 200).Select(i => $"tag {i}")] }, new()],
    };
}
