namespace KafkaDatasets.Tests.Learning;

/// <summary>Rows whose label depends on their features, of a given seed.</summary>
internal sealed class LearnerRows
{
    public LearnerRows(int rows, int width, int seed = 1, double missing = 0, bool isBinary = true)
    {
        var random = new Random(seed);
        Width = width;
        Features = new float[rows * width];
        Labels = new float[rows];
        for (int i = 0; i < rows; i++)
        {
            double sum = 0.3;
            for (int j = 0; j < width; j++)
            {
                double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                sum += (j % 3 - 1) * normal;
                float value = (float)((10 * j) + ((j + 1) * normal));
                Features[(i * width) + j] = random.NextDouble() < missing ? (j % 2 == 0 ? float.NaN : float.PositiveInfinity) : value;
            }

            Labels[i] = isBinary ? (random.NextDouble() < 1 / (1 + Math.Exp(-sum)) ? 1 : 0) : (float)sum;
        }
    }

    public int Width { get; }

    public float[] Features { get; }

    public float[] Labels { get; }

    public int Rows => Labels.Length;

    public string[] Names => [.. Enumerable.Range(0, Width).Select(i => $"f{i}")];

    public static byte[] StateOf(IOnlineLearner learner)
    {
        using var stream = new MemoryStream();
        learner.Save(stream);
        return stream.ToArray();
    }

    /// <summary>Learns all rows in batches whose sizes a random generator draws.</summary>
    public float[] Learn(IOnlineLearner learner, int seed = 0, int from = 0)
    {
        var random = new Random(seed);
        float[] scores = new float[Rows];
        for (int i = from; i < Rows;)
        {
            int count = seed == 0 ? 1 : Math.Min(Rows - i, random.Next(1, 50));
            learner.Learn(Features.AsSpan(i * Width, count * Width), Labels.AsSpan(i, count), scores.AsSpan(i, count));
            i += count;
        }

        return scores;
    }
}
