namespace KafkaDatasets.Benchmarks.Topics.Events;

/// <summary>Nested records and lists.</summary>
internal sealed record Order
{
    public required string Id { get; init; }

    public required OrderCustomer Customer { get; init; }

    public required IReadOnlyList<OrderLine> Lines { get; init; }

    public required IReadOnlyList<float> Ratings { get; init; }

    public double Total { get; init; }

    public bool Returned { get; init; }

    public static Order Of(int row)
    {
        var r = new Random(row);
        return new Order
        {
            Id = $"order-{r.NextInt64(1L << 40):x10}",
            Customer = new OrderCustomer
            {
                Number = r.NextInt64(1L << 34),
                Age = r.Next(18, 90),
                Score = r.NextDouble(),
                Address = new OrderAddress { Country = $"country {r.Next(100)}", Latitude = (r.NextDouble() * 180) - 90, Longitude = (r.NextDouble() * 360) - 180 },
            },
            Lines = [.. Enumerable.Range(0, r.Next(1, 6)).Select(_ => new OrderLine { Article = $"article {r.Next(1000)}", Quantity = r.Next(1, 10), Price = r.NextDouble() * 100 })],
            Ratings = [.. Enumerable.Range(0, r.Next(8)).Select(_ => r.NextSingle())],
            Total = r.NextDouble() * 100,
            Returned = r.Next(20) == 0,
        };
    }
}

/// <summary>Who ordered.</summary>
internal sealed record OrderCustomer
{
    public long Number { get; init; }

    public int Age { get; init; }

    public double Score { get; init; }

    public required OrderAddress Address { get; init; }
}

/// <summary>Where to.</summary>
internal sealed record OrderAddress
{
    public required string Country { get; init; }

    public double Latitude { get; init; }

    public double Longitude { get; init; }
}

/// <summary>What was ordered.</summary>
internal sealed record OrderLine
{
    public required string Article { get; init; }

    public int Quantity { get; init; }

    public double Price { get; init; }
}
