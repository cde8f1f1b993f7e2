using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Confluent.Kafka;

namespace KafkaDatasets.Scoring;

/// <summary>The headers of scores. Headers that differ only in the digits of offset and timestamp are reused, since the client copies them.</summary>
/// <param name="topic">The input's topic.</param>
/// <param name="others">Headers that every record has.</param>
internal sealed class InputHeaders(string topic, IReadOnlyList<Header> others)
{
    private const int MostDigits = 20;

    private readonly byte[] _topic = Encoding.UTF8.GetBytes(topic);
    private readonly Dictionary<(int Partition, int OffsetDigits, int TimeDigits), (Headers Headers, byte[] Offset, byte[] Time)> _headers = [];

    /// <summary>The headers of a record, valid until the next call.</summary>
    public Headers Of(int partition, long offset, long timestamp)
    {
        Span<byte> offsetDigits = stackalloc byte[MostDigits];
        Span<byte> timeDigits = stackalloc byte[MostDigits];
        Utf8Formatter.TryFormat(offset, offsetDigits, out int offsetLength);
        Utf8Formatter.TryFormat(timestamp, timeDigits, out int timeLength);
        if (!_headers.TryGetValue((partition, offsetLength, timeLength), out (Headers Headers, byte[] Offset, byte[] Time) known))
        {
            known = (new Headers(), new byte[offsetLength], new byte[timeLength]);
            known.Headers.Add(ScoreHeaders.Topic, _topic);
            known.Headers.Add(ScoreHeaders.Partition, Encoding.UTF8.GetBytes(partition.ToString(CultureInfo.InvariantCulture)));
            known.Headers.Add(ScoreHeaders.Offset, known.Offset);
            known.Headers.Add(ScoreHeaders.Timestamp, known.Time);
            foreach (Header other in others)
            {
                known.Headers.Add(other);
            }

            _headers.Add((partition, offsetLength, timeLength), known);
        }

        offsetDigits[..offsetLength].CopyTo(known.Offset);
        timeDigits[..timeLength].CopyTo(known.Time);
        return known.Headers;
    }
}
