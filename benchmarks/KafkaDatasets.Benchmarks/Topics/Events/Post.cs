namespace KafkaDatasets.Benchmarks.Topics.Events;

/// <summary>Texts only.</summary>
internal sealed record Post
{
    public required string Id { get; init; }

    public required string Author { get; init; }

    public required string Email { get; init; }

    public required string City { get; init; }

    public required string Country { get; init; }

    public required string Title { get; init; }

    public required string Body { get; init; }

    public required string Link { get; init; }

    public static Post Of(int row)
    {
        var r = new Random(row);
        string author = $"author {r.Next(1000)}";
        return new Post
        {
            Id = $"post-{r.NextInt64(1L << 40):x10}",
            Author = author,
            Email = $"{author.Replace(' ', '.')}@example.com",
            City = $"city {r.Next(300)}",
            Country = $"country {r.Next(100)}",
            Title = Words(r, r.Next(3, 8)),
            Body = Words(r, r.Next(20, 60)),
            Link = $"https://example.com/{row}/{r.Next(1000)}",
        };
    }

    private static string Words(Random random, int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => $"word{random.Next(2000)}"));
}
