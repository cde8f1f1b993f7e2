namespace KafkaDatasets.IntegrationTests.Writing;

/// <summary>What is written and read in every format.</summary>
public sealed record Reading(int Id, long Count, float Value, double? Precise, bool Flag, string Name, string? Note, Colour Colour, DateTime At, byte[] Blob, float[] Vector, List<string> Words, Dictionary<string, double> Weights, Place Place)
{
    public static Reading[] Some { get; } = [.. Enumerable.Range(0, 40).Select(i => new Reading(
        i - 3,
        i * 10_000_000_000L,
        i / 3f,
        i % 4 == 0 ? null : i * 1e-9,
        i % 2 == 0,
        $"ü {i}",
        i % 3 == 0 ? null : "",
        (Colour)(i % 3),
        DateTime.UnixEpoch.AddDays((i * 1000) - 1000).AddMicroseconds(i),
        [(byte)i, 255],
        [i, 0.1f, -i],
        [.. Enumerable.Range(0, i % 4).Select(w => $"w{w}")],
        new() { ["a"] = i / 7.0, ["b c"] = -1 },
        new Place(i, new Place.Point(i / 2f, -i))))];
}
