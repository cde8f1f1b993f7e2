using System.Text;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>Numbers the topics that positions are of, from 1; 0 is a topic that is not known.</summary>
internal sealed class InputTopics
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private byte[] _last = [];
    private int _lastNumber;

    public int NumberOf(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty || utf8.SequenceEqual(_last))
        {
            return utf8.IsEmpty ? 0 : _lastNumber;
        }

        string name = Encoding.UTF8.GetString(utf8);
        if (!_numbers.TryGetValue(name, out int number))
        {
            _names.Add(name);
            _numbers.Add(name, number = _names.Count);
        }

        (_last, _lastNumber) = (utf8.ToArray(), number);
        return number;
    }

    public string NameOf(int number) => _names[number - 1];
}
