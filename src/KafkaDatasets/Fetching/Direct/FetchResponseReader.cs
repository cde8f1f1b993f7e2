using System.Runtime.CompilerServices;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>Reads a Fetch response piece by piece, as its bytes arrive, except for the records after each partition, which the caller reads.</summary>
internal sealed class FetchResponseReader
{
    private string _topic = "";
    private Guid? _topicId;
    private short _version;
    private bool _isBegun;
    private int _topics;
    private int _partitions;
    private bool _isTopic;
    private FetchPiece _last;
    private FetchedPartition _partition;
    private long _divergedAt;
    private int _throttle;
    private ErrorCode _error;

    /// <summary>How long the broker asks the client to send no request, in milliseconds.</summary>
    public int ThrottleMilliseconds => _throttle;

    /// <summary>The error of the whole response.</summary>
    public ErrorCode Error => _error;

    /// <summary>Whether the partition belongs to the requested topic.</summary>
    public bool IsTopic => _isTopic;

    public ref readonly FetchedPartition Partition => ref _partition;

    /// <summary>The offset at which the broker's log diverges from what was read before; −1 when it does not.</summary>
    public long DivergedAt => _divergedAt;

    /// <summary>Begins another response.</summary>
    public void Begin(short version, string topic, Guid? topicId)
    {
        _version = version;
        _topic = topic;
        _topicId = topicId;
        _isBegun = false;
        _topics = 0;
        _partitions = 0;
        _last = FetchPiece.None;
    }

    /// <summary>Reads up to the next partition, the end of one, or the end of the response.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FetchPiece> ReadAsync(BrokerConnection connection)
    {
        while (true)
        {
            FetchPiece piece = TryRead(connection);
            if (piece == FetchPiece.None)
            {
                await connection.ReadMoreAsync().ConfigureAwait(false);
            }
            else if (piece != FetchPiece.Frame)
            {
                return piece;
            }
        }
    }

    /// <summary>Reads a piece if it has arrived completely.</summary>
    private FetchPiece TryRead(BrokerConnection connection)
    {
        var reader = new ProtocolReader(connection.Buffered);
        FetchPiece piece;
        (bool isBegun, int topics, int partitions) = (true, _topics, _partitions);
        if (!_isBegun)
        {
            FetchMessage.ReadHead(ref reader, _version, out _throttle, out _error, out topics);
            (piece, partitions) = (FetchPiece.Frame, -1);
        }
        else if (_last == FetchPiece.Partition)
        {
            _divergedAt = FetchMessage.ReadPartitionEnd(ref reader, _version);
            (piece, partitions) = (FetchPiece.PartitionEnd, _partitions - 1);
        }
        else if (_partitions > 0)
        {
            _partition = FetchMessage.ReadPartition(ref reader, _version);
            piece = FetchPiece.Partition;
        }
        else if (_partitions == 0)
        {
            reader.SkipTags(FetchMessage.IsFlexible(_version));
            (piece, partitions, topics) = (FetchPiece.Frame, -1, _topics - 1);
        }
        else if (_topics > 0)
        {
            _isTopic = FetchMessage.ReadTopic(ref reader, _version, _topic, _topicId, out partitions);
            partitions = Math.Max(0, partitions);
            piece = FetchPiece.Frame;
        }
        else
        {
            reader.SkipTags(FetchMessage.IsFlexible(_version));
            piece = FetchPiece.End;
        }

        if (reader.IsTruncated)
        {
            return FetchPiece.None;
        }

        connection.Consume(reader.Position);
        (_isBegun, _topics, _partitions, _last) = (isBegun, topics, partitions, piece);
        return piece;
    }
}
