using System.Runtime.InteropServices;

namespace KafkaDatasets.Monitoring.Profiles;

/// <summary>
/// What a profile keeps of a column of texts, keys or Booleans: how often each value occurs. Exact up to <see cref="Capacity"/> different values; beyond, the frequent ones by Misra and Gries's
/// algorithm (1982), whose counts are too low by at most <see cref="Error"/>, and the rest together.
/// </summary>
internal sealed class CategorySketch
{
    /// <summary>How many values are kept.</summary>
    public const int Capacity = 1000;

    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>>? _bySpan;

    public CategorySketch()
    {
    }

    public CategorySketch(long count, long missing, long error, IEnumerable<KeyValuePair<string, long>> counts)
    {
        (Count, Missing, Error) = (count, missing, error);
        foreach ((string value, long times) in counts)
        {
            _counts[value] = times;
        }
    }

    /// <summary>The number of rows with a value.</summary>
    public long Count { get; private set; }

    /// <summary>The number of rows without a value.</summary>
    public long Missing { get; private set; }

    /// <summary>By how much a count may be too low; zero as long as there are no more than <see cref="Capacity"/> values.</summary>
    public long Error { get; private set; }

    /// <summary>How often the kept values occur.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>The number of rows whose value is not kept.</summary>
    public long Others => Count - _counts.Values.Sum();

    public void CountMissing(long rows) => Missing += rows;

    public void Add(string value, long times = 1)
    {
        Count += times;
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, value, out _) += times;
        if (_counts.Count > 2 * Capacity)
        {
            Shrink();
        }
    }

    public void Add(ReadOnlySpan<char> value)
    {
        _bySpan ??= _counts.GetAlternateLookup<ReadOnlySpan<char>>();
        Count++;
        CollectionsMarshal.GetValueRefOrAddDefault(_bySpan.Value, value, out _)++;
        if (_counts.Count > 2 * Capacity)
        {
            Shrink();
        }
    }

    /// <summary>Adds the counts of another sketch, which is not changed.</summary>
    public void Merge(CategorySketch other)
    {
        long others = other.Others;
        foreach ((string value, long times) in other._counts)
        {
            Add(value, times);
        }

        Count += others;
        Missing += other.Missing;
        Error += other.Error;
        Shrink();
    }

    /// <summary>Drops the values that are beyond the capacity. A sketch is shrunk before it is stored or compared.</summary>
    public void Shrink()
    {
        if (_counts.Count <= Capacity)
        {
            return;
        }

        // What the first value beyond the capacity has is taken from every value, so that no other can have more than that unseen.
        long least = _counts.Values.OrderDescending().ElementAt(Capacity);
        Error += least;
        foreach (string value in _counts.Keys.ToArray())
        {
            ref long times = ref CollectionsMarshal.GetValueRefOrNullRef(_counts, value);
            times -= least;
            if (times <= 0)
            {
                _counts.Remove(value);
            }
        }
    }
}
