using System.Globalization;

namespace KafkaDatasets;

/// <summary>
/// Part of a dataset's rows, for example those to train on: chosen by a keyed hash of a field, of the record's key or of its position, or by time.
/// Splits by the same hash and seed whose intervals do not overlap never share a row, and those that cover 0 to 1 together leave none out.
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
    /// Rows by a hash of one column's value: rows with equal values are on the same side, in any topic and on any machine. Equal numbers count as equal in every numeric type.
    /// Rows without a value (missing, NaN, or empty text) are divided by their position.
    /// </summary>
    /// <param name="field">The column: a number, a Boolean, a text, an enum or a time.</param>
    /// <param name="from">Where the split begins among all hashes, from 0 to 1, for example 0.</param>
    /// <param name="to">Where the split ends, for example 0.7 for the first 70 %.</param>
    /// <param name="seed">The key of the hash: another seed divides the rows otherwise. Default 0.</param>
    /// <returns>The split.</returns>
    public static DatasetSplit ByField(string field, double from, double to, long seed = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(field);
        return new FieldSplit(field, from, to, seed);
    }

    /// <summary>Rows by a hash of the record's key, as bytes: records with equal keys are on the same side. Records without a key are divided by their position.</summary>
    /// <param name="from">Where the split begins among all hashes, from 0 to 1.</param>
    /// <param name="to">Where the split ends.</param>
    /// <param name="seed">The key of the hash. Default 0.</param>
    /// <returns>The split.</returns>
    public static DatasetSplit ByRecordKey(double from, double to, long seed = 0) => new KeySplit(from, to, seed);

    /// <summary>Rows by a hash of the record's partition and offset: at random, but the same ones in every pass.</summary>
    /// <param name="from">Where the split begins among all hashes, from 0 to 1.</param>
    /// <param name="to">Where the split ends.</param>
    /// <param name="seed">The key of the hash. Default 0.</param>
    /// <returns>The split.</returns>
    public static DatasetSplit ByOffset(double from, double to, long seed = 0) => new OffsetSplit(from, to, seed);

    /// <summary>
    /// Rows by the record's timestamp: those of [<paramref name="from"/> + <paramref name="embargo"/>, <paramref name="to"/>). With the embargo a test set begins so long after
    /// the training set's end that no row of it was influenced by the same events.
    /// </summary>
    /// <param name="from">The start; null: the beginning.</param>
    /// <param name="to">The end, exclusive; null: the end.</param>
    /// <param name="embargo">How long after <paramref name="from"/> rows are left out. Default zero.</param>
    /// <returns>The split.</returns>
    public static DatasetSplit ByTime(DateTimeOffset? from, DateTimeOffset? to, TimeSpan embargo = default) => new TimeSplit(from, to, embargo);

    /// <summary>What is invalid about the split.</summary>
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

        /// <summary>Whether a hash is in the split's interval.</summary>
        public bool Contains(ulong hash) => hash >= Bound(From) && hash < Bound(To);

        /// <summary>The interval's end as a number of 65 bits, so that 1 is beyond every hash. A double times a power of two is exact: neighbours share their bound.</summary>
        private static UInt128 Bound(double fraction) => (UInt128)(fraction * 18446744073709551616.0);

        protected string Interval => string.Create(CultureInfo.InvariantCulture, $"{From}, {To}, seed: {Seed}");
    }

    /// <summary><see cref="ByField"/>.</summary>
    internal sealed class FieldSplit(string field, double from, double to, long seed) : HashSplit(from, to, seed)
    {
        public string Field { get; } = field;

        /// <inheritdoc/>
        public override string ToString() => $"ByField({Field}, {Interval})";
    }

    /// <summary><see cref="ByRecordKey"/>.</summary>
    internal sealed class KeySplit(double from, double to, long seed) : HashSplit(from, to, seed)
    {
        /// <inheritdoc/>
        public override string ToString() => $"ByRecordKey({Interval})";
    }

    /// <summary><see cref="ByOffset"/>.</summary>
    internal sealed class OffsetSplit(double from, double to, long seed) : HashSplit(from, to, seed)
    {
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

        /// <summary>The millisecond since 1970 at which the split has ended.</summary>
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

        /// <summary>Rounded up: a record's time is a whole number of milliseconds.</summary>
        private static long Milliseconds(long ticks)
        {
            long since = ticks - DateTimeOffset.UnixEpoch.UtcTicks;
            return (long)Math.Ceiling(since / (decimal)TimeSpan.TicksPerMillisecond);
        }
    }
}
