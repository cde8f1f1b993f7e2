using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Confluent.Kafka;

namespace KafkaDatasets.Scoring;

/// <summary>The headers of scores. Headers that differ only in the digits of offset and timestamp are reused, since the client copies them.</summary>
/// <param name="topic">The input's topic.</param>
/// <param name="others">Headers that every record has.</param>
internal sealed class InputHeaders(string topic, IReadOnlyList<Header> others)
{
    private const int MostDigits = 20;

    private readonly byte[] _topic = Encoding.UTF8.GetBytes(topic);
    private readonly Dictionary<(int Partition, int Digits, int TimeDigits), (Headers Headers, byte[] Offset, byte[] Timestamp)> _headers = [];

    /// <summary>The headers of a record, valid until the next call.</summary>
    public Headers Of(int partition, long offset, long timestamp)
    {
        Span<byte> digits = stackalloc byte[MostDigits];
        Utf8.TryWrite(digits, CultureInfo.InvariantCulture, $"{offset}", out int count);
        Span<byte> timeDigits = stackalloc byte[MostDigits];
        Utf8.TryWrite(timeDigits, CultureInfo.InvariantCulture, $"{timestamp}", out int timeCount);
        if (!_headers.TryGetValue((partition, count, timeCount), out (Headers Headers, byte[] Offset, byte[] Timestamp) known))
        {
            known = (new Headers(), new byte[count], new byte[timeCount]);
            known.Headers.Add(ScoreHeaders.Topic, _topic);
            known.Headers.Add(ScoreHeaders.Partition, Encoding.UTF8.GetBytes(partition.ToString(CultureInfo.InvariantCulture)));
            known.Headers.Add(ScoreHeaders.Offset, known.Offset);
            known.Headers.Add(ScoreHeaders.Timestamp, known.Timestamp);
            foreach (Header other in others)
            {
                known.Headers.Add(other);
            }

            _headers.Add((partition, count, timeCount), known);
        }

        digits[..count].CopyTo(known.Offset);
        timeDigits[..timeCount].CopyTo(known.Timestamp);
        return known.Headers;
    }
}
