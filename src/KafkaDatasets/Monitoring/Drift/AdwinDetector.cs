namespace KafkaDatasets.Monitoring.Drift;

/// <summary>
/// ADWIN2, whose window is an exponential histogram with memory logarithmic in the window's length: rows of buckets of 1, 2, 4, 8 … values, at most five per row.
/// </summary>
/// <remarks>
/// Behaves like River's and scikit-multiflow's implementations: it checks after every 32 values,
/// and when the window is cut at a bucket, the newest bucket of each row counts as recent.
/// </remarks>
internal sealed class AdwinDetector(double delta) : DriftDetector
{
    public const string DetectorName = "ADWIN";

    private const int BucketsPerRow = 5;
    private const int ValuesPerCheck = 32;
    private const int MinWindow = 10;
    private const int MinPart = 5;

    private readonly double _delta = Detectors.Probability(delta, nameof(delta));
    private readonly List<Row> _rows = [new Row()];
    private long _width;
    private double _total;
    private double _squares; // the sum of squared deviations from the window's mean
    private long _sinceCheck;

    public override string Name => DetectorName;

    internal override long ValuesSinceChange => _width;

    private protected override IEnumerable<double> Parameters => [_delta];

    private protected override DriftLevel Update(double value)
    {
        Insert(value);
        _sinceCheck++;
        if (_sinceCheck < ValuesPerCheck)
        {
            return DriftLevel.None;
        }

        _sinceCheck = 0;
        bool changed = false;
        while (_width > MinWindow && HasTwoMeans())
        {
            DropOldestBucket();
            changed = true;
        }

        return changed ? DriftLevel.Change : DriftLevel.None;
    }

    private void Insert(double value)
    {
        if (_width > 0)
        {
            double difference = value - (_total / _width);
            _squares += _width * difference * difference / (_width + 1);
        }

        _width++;
        _total += value;
        _rows[0].Add(new Bucket(value, 0));

        // Merge two buckets of a full row into one of the next row, whose buckets hold twice as many values.
        for (int i = 0; i < _rows.Count && _rows[i].Count > BucketsPerRow; i++)
        {
            if (i == _rows.Count - 1)
            {
                _rows.Add(new Row());
            }

            double length = Length(i);
            Bucket first = _rows[i][0];
            Bucket second = _rows[i][1];
            double difference = (first.Total / length) - (second.Total / length);
            _rows[i + 1].Add(new Bucket(first.Total + second.Total, second.Squares + (length * length * difference * difference / (length + length))));
            _rows[i].Drop(2);
        }
    }

    private static double Length(int row) => 1L << row;

    /// <summary>Whether the window can be cut into two parts whose means differ significantly.</summary>
    private bool HasTwoMeans()
    {
        double olderLength = 0;
        double olderTotal = 0;
        double recentLength = _width;
        double recentTotal = _total;
        for (int i = _rows.Count - 1; i >= 0; i--)
        {
            Row row = _rows[i];
            double length = Length(i);
            for (int k = 0; k < row.Count - 1; k++)
            {
                olderLength += length;
                olderTotal += row[k].Total;
                recentLength -= length;
                recentTotal -= row[k].Total;
                if (olderLength >= MinPart && recentLength >= MinPart
                    && Math.Abs((olderTotal / olderLength) - (recentTotal / recentLength)) > Bound(olderLength, recentLength))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private double Bound(double older, double recent)
    {
        double confidence = Math.Log(2 * Math.Log(_width) / _delta);
        double parts = (1 / (older - MinPart + 1)) + (1 / (recent - MinPart + 1));
        return Math.Sqrt(2 * parts * (_squares / _width) * confidence) + (2.0 * confidence * parts / 3);
    }

    private void DropOldestBucket()
    {
        int last = _rows.Count - 1;
        Bucket bucket = _rows[last][0];
        double length = Length(last);
        _width -= (long)length;
        _total -= bucket.Total;
        double difference = (bucket.Total / length) - (_total / _width);
        _squares -= bucket.Squares + (length * _width * difference * difference / (length + _width));
        _rows[last].Drop(1);
        if (_rows[last].Count == 0)
        {
            _rows.RemoveAt(last);
        }
    }

    private protected override double[] SaveState() =>
    [
        _width, _total, _squares, _sinceCheck,
        .. _rows.SelectMany(row => Enumerable.Range(0, row.Count).SelectMany(k => new[] { row[k].Total, row[k].Squares }).Prepend(row.Count)),
    ];

    private protected override void LoadState(ReadOnlySpan<double> state)
    {
        (_width, _total, _squares, _sinceCheck) = ((long)state[0], state[1], state[2], (long)state[3]);
        _rows.Clear();
        for (int at = 4; at < state.Length;)
        {
            var row = new Row();
            for (int left = (int)state[at++]; left > 0; left--)
            {
                row.Add(new Bucket(state[at++], state[at++]));
            }

            _rows.Add(row);
        }

        if (_rows.Count == 0)
        {
            throw new ArgumentException("The state has no rows.", nameof(state));
        }
    }

    /// <summary>A group of values, stored only as their sum and the sum of their squared deviations from their mean.</summary>
    private readonly record struct Bucket(double Total, double Squares);

    /// <summary>Buckets of the same length, oldest first.</summary>
    private sealed class Row
    {
        private readonly Bucket[] _buckets = new Bucket[BucketsPerRow + 1];

        public int Count { get; private set; }

        public Bucket this[int index] => _buckets[index];

        public void Add(Bucket bucket) => _buckets[Count++] = bucket;

        public void Drop(int count)
        {
            Array.Copy(_buckets, count, _buckets, 0, Count - count);
            Count -= count;
        }
    }
}
