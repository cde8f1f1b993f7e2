namespace KafkaDatasets.Pipeline;

/// <summary>Decides which topic the next row of a mix comes from, so that each topic has its share of the rows so far to within one row.</summary>
/// <remarks>
/// Each topic's next row is due at a certain row of the mix, and is not taken before it is due within its share (the rule of proportionally fair scheduling: the earliest deadline among what is released).
/// The choice depends only on the weights and on how many rows each topic has given, so that a pass can resume anywhere.
/// </remarks>
internal sealed class MixSchedule
{
    private readonly IReadOnlyList<double> _weights;
    private readonly long[] _taken;
    private readonly double[] _deadlines;
    private readonly List<int> _active;
    private double _sum;
    private long _total;

    /// <param name="weights">The proportions of the topics.</param>
    /// <param name="taken">The rows that each topic has already given.</param>
    public MixSchedule(IReadOnlyList<double> weights, IReadOnlyList<long> taken)
    {
        _weights = weights;
        _taken = [.. taken];
        _active = [.. Enumerable.Range(0, weights.Count)];
        _deadlines = [.. _active.Select(DeadlineOf)];
        Sum();
    }

    /// <summary>The rows that each topic has given.</summary>
    public IReadOnlyList<long> Taken => _taken;

    /// <summary>The topic of the next row; −1 when all have been left out.</summary>
    public int Next()
    {
        int next = -1;
        int earliest = -1;
        foreach (int topic in _active)
        {
            if (earliest < 0 || _deadlines[topic] < _deadlines[earliest])
            {
                earliest = topic;
            }

            bool isReleased = _taken[topic] * _sum <= _total * _weights[topic];
            if (isReleased && (next < 0 || _deadlines[topic] < _deadlines[next]))
            {
                next = topic;
            }
        }

        return next >= 0 ? next : earliest; // by rounding, a topic that is due exactly now may seem not to be
    }

    /// <summary>Counts a row of a topic.</summary>
    public void Take(int topic)
    {
        _taken[topic]++;
        _total++;
        _deadlines[topic] = DeadlineOf(topic);
    }

    /// <summary>Leaves out a topic that has no more rows; the others keep their proportions.</summary>
    public void LeaveOut(int topic)
    {
        _active.Remove(topic);
        Sum();
    }

    /// <summary>Computed from the count and not accumulated, because rounding errors would depend on where a pass was resumed.</summary>
    private double DeadlineOf(int topic) => (_taken[topic] + 1) / _weights[topic];

    private void Sum()
    {
        _sum = _active.Sum(topic => _weights[topic]);
        _total = _active.Sum(topic => _taken[topic]);
    }
}
