namespace KafkaDatasets.Benchmarks.Topics.Events;

/// <summary>A payment event of 16 fields, as in many topics.</summary>
internal sealed record Payment
{
    public required string Id { get; init; }

    public required string Merchant { get; init; }

    public string? Note { get; init; }

    public Currency Currency { get; init; }

    public DateTime At { get; init; }

    public double Amount { get; init; }

    public double? Fee { get; init; }

    public int? Installments { get; init; }

    public long Customer { get; init; }

    public int Items { get; init; }

    public int Age { get; init; }

    public float Score { get; init; }

    public float Risk { get; init; }

    public double Distance { get; init; }

    public bool Online { get; init; }

    public bool Fraud { get; init; }

    public static Payment Of(int row)
    {
        var r = new Random(row);
        return new Payment
        {
            Id = $"pay-{r.NextInt64(1L << 40):x10}",
            Merchant = $"merchant {r.Next(500)}",
            Note = r.Next(4) == 0 ? $"note {r.Next(100)}" : null,
            Currency = (Currency)r.Next(4),
            At = DateTime.UnixEpoch.AddMilliseconds(1_764_000_000_000 + row),
            Amount = r.NextDouble() * 100,
            Fee = r.Next(3) == 0 ? null : r.NextDouble(),
            Installments = r.Next(2) == 0 ? null : r.Next(1, 25),
            Customer = r.NextInt64(1L << 34),
            Items = r.Next(1, 30),
            Age = r.Next(18, 90),
            Score = r.NextSingle(),
            Risk = r.NextSingle(),
            Distance = r.NextDouble() * 1000,
            Online = r.Next(2) == 0,
            Fraud = r.Next(50) == 0,
        };
    }
}
