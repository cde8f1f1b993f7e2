using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.MLNet.Contract.Training;

/// <summary>A row of the topic that models are trained from. Its numbers are multiples of 1/64, so that they survive text; its keys are zero-based, as <c>LoadFromEnumerable</c> and text have them.</summary>
public sealed record TrainingRow(long Number, bool Signal, float Target, int Grade, uint Color, uint Query, string Text, float[] Features)
{
    public const int Width = 6;
    public const int Colors = 3;
    public const int Queries = 8;
    public const int QueryRows = 20;

    /// <summary>Rows that are always the same.</summary>
    public static IEnumerable<TrainingRow> Make(int count, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            float[] x = [.. Enumerable.Range(0, Width).Select(_ => random.Next(-128, 129) / 64f)];
            float target = MathF.Round(64 * (x[0] - 2 * x[1] + x[2] * x[3] + random.Next(-64, 65) / 64f)) / 64;
            yield return new TrainingRow(
                i,
                target > 0,
                Math.Abs(target),
                Math.Clamp((int)MathF.Round(target) + 2, 0, 4),
                target < -1 ? 0u : target < 1 ? 1u : 2u,
                (uint)(i / QueryRows % Queries),
                $"{(target > 0 ? "up" : "down")} word{i % 7}",
                x);
        }
    }

    /// <summary>The row with its label as ML.NET's own loaders show it.</summary>
    public Labelled<T> With<T>(T label) => new() { Label = label, query = Query, Features = Features };

    public KeyLabelled WithColor() => new() { Label = Color, query = Query, Features = Features };

    /// <summary>What trainers use of a row.</summary>
    public class Unlabelled
    {
        [KeyType(Queries)]
        public uint query { get; set; }

        [VectorType(Width)]
        public float[] Features { get; set; } = [];
    }

    public sealed class Labelled<T> : Unlabelled
    {
        public T Label { get; set; } = default!;
    }

    public sealed class KeyLabelled : Unlabelled
    {
        [KeyType(Colors)]
        public uint Label { get; set; }
    }
}
