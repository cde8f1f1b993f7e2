using KafkaDatasets.Ranges;

namespace KafkaDatasets.LightGbm.Training;

/// <summary>
/// Which queries a rank trains from, and where their rows lie in LightGBM's memory. LightGBM needs the rows of a query side by side and on one rank, and a topic has them in any order:
/// so the queries are counted in a first pass, and each row then has its place. The rank of a query is computed from its number, so all ranks agree without asking each other.
/// </summary>
internal sealed class QueryPlan(Shard shard)
{
    private readonly Dictionary<long, int> _indexes = [];
    private readonly List<int> _counts = [];
    private int[] _next = [];

    /// <summary>The number of rows of each query of this rank, in the order of their places.</summary>
    public IReadOnlyList<int> Counts => _counts;

    /// <summary>The number of rows of this rank.</summary>
    public long Rows { get; private set; }

    /// <summary>Counts a row, if it is one of this rank's.</summary>
    public void Count(long query)
    {
        if (!IsOwn(query))
        {
            return;
        }

        if (!_indexes.TryGetValue(query, out int index))
        {
            index = _counts.Count;
            _indexes.Add(query, index);
            _counts.Add(0);
        }

        _counts[index]++;
        Rows++;
    }

    /// <summary>Ends the count.</summary>
    public void Begin()
    {
        _next = new int[_counts.Count];
        for (int i = 1; i < _next.Length; i++)
        {
            _next[i] = _next[i - 1] + _counts[i - 1];
        }
    }

    /// <summary>The index of a query of this rank, and the place of its next row; null if it is another rank's.</summary>
    public (int Query, int Place)? Place(long query)
    {
        if (!IsOwn(query))
        {
            return null;
        }

        int index = _indexes[query];
        return (index, _next[index]++);
    }

    /// <summary>Numbers of queries may have any pattern, so they are mixed.</summary>
    private bool IsOwn(long query) => shard.World == 1 || (int)(SplitMix.Mix(unchecked((ulong)query)) % (ulong)shard.World) == shard.Rank;
}
