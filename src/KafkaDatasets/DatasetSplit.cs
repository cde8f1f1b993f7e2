using System.Globalization;

namespace KafkaDatasets;

/// <summary>
/// A part of a dataset's rows, for example the training set, chosen by a keyed hash of a field, of the record's key or of its position, or by time.
/// Splits by the same hash and seed whose intervals do not overlap never share a row, and intervals that together cover 0 to 1 include every row.
/// </summary>
/// <example>
/// <code>
/// // 70 % of the users to train on, and the others to test on: no user's rows are on both sides
/// DatasetSplit train = DatasetSplit.ByField("user_id", 0.0, 0.7, seed: 1);
/// DatasetSplit test = DatasetSplit.ByField("user_id", 0.7, 1.0, seed: 1);
/// </code>
/// </example>
public abstract class DatasetSplit
{
    private protected DatasetSplit()
    {
    }

    /// <summary>
    /// Selects rows by a hash of one column's value: rows with equal values are in the same split, in any topic and on any machine. Numbers that are equal in value count as equal, whatever their numeric type.
    /// Rows without a value (missing, NaN, or empty text) are assigned by a hash of their partition and offset.
    /// </summary>
    /// <param name="field">The name of the column: a number, a Boolean, a text, an enum or a time.</param>
    /// <param name="from">The start of the interval of hashes, from 0 to 1, inclusive.</param>
    /// <param name="to">The end of the interval, from 0 to 1, exclusive; for example 0.7 for the first 70 %.</param>
    /// <param name="seed">The key of the hash: a different seed gives a different split. Default 0.</param>
    /// <returns>The split. An invalid interval is reported when the dataset is opened.</returns>
    /// <exception cref="ArgumentException"><paramref name="field"/> is empty.</exception>
    public static DatasetSplit ByField(string field, double from, double to, long seed = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(field);
        return new FieldSplit(field, from, to, seed);
    }

    /// <summary>Selects rows by a hash of the bytes of the record's key: records with equal keys are in the same split. Records without a key are assigned by a hash of their partition and offset.</summary>
    /// <param name="from">Where the split begins among all hashes, from 0 to 1.</param>
    /// <param name="to">Where the split ends.</param>
    /// <param name="seed">The key of the hash. Default 0.</param>
    /// <returns>The split.</returns>
    public static DatasetSplit ByRecordKey(double from, double to, long seed = 0) => new KeySplit(from, to, seed);

    /// <summary>Selects rows by a hash of the record's partition and offset: pseudo-random, but the same rows in every pass.</summary>
    /// <param name="from">Where the split begins among all hashes, from 0 to 1.</param>
    /// <param name="to">Where the split ends.</param>
    /// <param name="seed">The key of the hash. Default 0.</param>
    /// <returns>The split.</returns>
    public static DatasetSplit ByOffset(double from, double to, long seed = 0) => new OffsetSplit(from, to, seed);

    /// <summary>
    /// Selects rows by the record's timestamp: those in [<paramref name="from"/> + <paramref name="embargo"/>, <paramref name="to"/>). With an embargo, a test set begins long enough after
    /// the end of the training set that the same events do not influence both.
    /// </summary>
    /// <param name="from">The start, inclusive; null for no lower bound.</param>
    /// <param name="to">The end, exclusive; null for no upper bound.</param>
    /// <param name="embargo">How long after <paramref name="from"/> rows are excluded. Default zero.</param>
    /// <returns>The split.</returns>
    public static DatasetSplit ByTime(DateTimeOffset? from, DateTimeOffset? to, TimeSpan embargo = default) => new TimeSplit(from, to, embargo);

    /// <summary>The problems found in the split.</summary>
    internal abstract IEnumerable<string> Faults { get; }

    /// <summary>A part of the rows by a hash.</summary>
    internal abstract class HashSplit(double from, double to, long seed) : DatasetSplit
    {
        public double From { get; } = from;

        public double To { get; } = to;

        public long Seed { get; } = seed;

        internal override IEnumerable<string> Faults => From >= 0 && To <= 1 && From < To
            ? []
            : [string.Create(CultureInfo.InvariantCulture, $"is from {From} to {To}: give two numbers from 0 to 1, the first less than the second")];

        /// <summary>The part of these rows between two shares of the interval, from 0 to 1.</summary>
        public DatasetSplit Part(double from, double to) => With(double.Lerp(From, To, from), double.Lerp(From, To, to));

        /// <summary>The same split with another interval.</summary>
        protected abstract DatasetSplit With(double from, double to);

        /// <summary>Whether a hash is in the split's interval.</summary>
        public bool Contains(ulong hash) => hash >= Bound(From) && hash < Bound(To);

        /// <summary>A bound of the interval as a 65-bit number, so that 1 is greater than every hash. Multiplying a double by a power of two is exact, so adjacent intervals share their bound.</summary>
        private static UInt128 Bound(double fraction) => (UInt128)(fraction * 18446744073709551616.0);

        protected string Interval => string.Create(CultureInfo.InvariantCulture, $"{From}, {To}, seed: {Seed}");
    }

    /// <summary><see cref="ByField"/>.</summary>
    internal sealed class FieldSplit(string field, double from, double to, long seed) : HashSplit(from, to, seed)
    {
        public string Field { get; } = field;

        /// <inheritdoc/>
        protected override DatasetSplit With(double from, double to) => new FieldSplit(Field, from, to, Seed);

        /// <inheritdoc/>
        public override string ToString() => $"ByField({Field}, {Interval})";
    }

    /// <summary><see cref="ByRecordKey"/>.</summary>
    internal sealed class KeySplit(double from, double to, long seed) : HashSplit(from, to, seed)
    {
        /// <inheritdoc/>
        protected override DatasetSplit With(double from, double to) => new KeySplit(from, to, Seed);

        /// <inheritdoc/>
        public override string ToString() => $"ByRecordKey({Interval})";
    }

    /// <summary><see cref="ByOffset"/>.</summary>
    internal sealed class OffsetSplit(double from, double to, long seed) : HashSplit(from, to, seed)
    {
        /// <inheritdoc/>
        protected override DatasetSplit With(double from, double to) => new OffsetSplit(from, to, Seed);

        /// <inheritdoc/>
        public override string ToString() => $"ByOffset({Interval})";
    }

    /// <summary><see cref="ByTime"/>.</summary>
    internal sealed class TimeSplit(DateTimeOffset? from, DateTimeOffset? to, TimeSpan embargo) : DatasetSplit
    {
        public DateTimeOffset? From { get; } = from;

        public DateTimeOffset? To { get; } = to;

        public TimeSpan Embargo { get; } = embargo;

        /// <summary>The first millisecond since 1970 that is in the split.</summary>
        public long FirstMilliseconds => From is { } from ? Milliseconds(from.UtcTicks + Math.Min(Embargo.Ticks, DateTimeOffset.MaxValue.UtcTicks - from.UtcTicks)) : long.MinValue;

        /// <summary>The first millisecond since 1970 after the split.</summary>
        public long EndMilliseconds => To is { } to ? Milliseconds(to.UtcTicks) : long.MaxValue;

        internal override IEnumerable<string> Faults
        {
            get
            {
                if (Embargo < TimeSpan.Zero)
                {
                    yield return $"has an embargo of {Embargo:c}: it must not be negative";
                }
                else if (From is null && Embargo > TimeSpan.Zero)
                {
                    yield return "has an embargo but no start: it leaves out rows after the start";
                }

                if (FirstMilliseconds >= EndMilliseconds)
                {
                    yield return string.Create(CultureInfo.InvariantCulture, $"is from {From:O} to {To:O} with an embargo of {Embargo:c}: nothing is left");
                }
            }
        }

        /// <inheritdoc/>
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"ByTime({From:O}, {To:O}, embargo: {Embargo:c})");

        /// <summary>Converts ticks to milliseconds, rounded up: a record's timestamp is a whole number of milliseconds.</summary>
        private static long Milliseconds(long ticks)
        {
            long since = ticks - DateTimeOffset.UnixEpoch.UtcTicks;
            return (long)Math.Ceiling(since / (decimal)TimeSpan.TicksPerMillisecond);
        }
    }
}
