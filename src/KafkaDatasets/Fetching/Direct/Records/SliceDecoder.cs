using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Ranges;

namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Turns the slices of one partition into chunks: checks, decompresses and parses batches, and leaves out records that are not rows.</summary>
internal sealed class SliceDecoder
{
    private const int LeastArena = 16 << 10;
    private const int MostArena = 256 << 10;
    private readonly ReadFaults _faults;
    private readonly PartitionRange _range;
    private readonly Decompressor _decompressor;
    private readonly BufferPool _buffers;
    private readonly IBufferBudget? _budget;
    private readonly HashSet<long> _abortedProducers = [];
    private FetchedSlice _slice;
    private int _at;
    private int _checked;
    private int _aborted;
    private RecordParser _parser;
    private MessageSetParser _messages;
    private bool _isMessageSet;
    private SharedBuffer? _records;
    private long _batchOffset;
    private long _batchEnd;
    private SharedBuffer? _arena;
    private int _arenaUsed;
    private RecordBatchException? _fault;
    private CompressionCodec _codec;

    public SliceDecoder(ReadFaults faults, PartitionRange range, Decompressor decompressor, BufferPool buffers, IBufferBudget? budget = null)
    {
        _faults = faults;
        _range = range;
        _decompressor = decompressor;
        _buffers = buffers;
        _budget = budget;
        Position = range.Start;
    }

    /// <summary>The position: every offset below it has been decoded, or has no row.</summary>
    public long Position { get; private set; }

    /// <summary>The size of the buffers into which small batches are decompressed, one after another.</summary>
    private int ArenaSize => (int)Math.Clamp((_budget?.Quota ?? long.MaxValue) / 4, LeastArena, MostArena);

    /// <summary>The free bytes in the arena; small uncompressed batches go there too, once it is open, so that one chunk can refer to them all.</summary>
    private int RoomInArena => _arena is null ? -1 : _arena.Bytes.Length - SharedBuffer.Slack - _arenaUsed;

    /// <summary>Whether there is a slice to decode, or an error to report.</summary>
    public bool HasWork => _slice.Buffer is not null || _records is not null || _fault is not null;

    /// <summary>Whether decoding will take long, judging by the codec of the last batch.</summary>
    public bool IsCostly => _codec is CompressionCodec.Gzip or CompressionCodec.Zstd && HasWork;

    /// <summary>Takes ownership of a slice, including its reference to the buffer.</summary>
    public void Start(FetchedSlice slice)
    {
        _slice = slice;
        Position = Math.Max(Position, slice.From);
        _at = 0;
        _checked = slice.IsChecked ? slice.Length : 0;
        _aborted = 0;
        _abortedProducers.Clear();
        slice.AbortedTransactions?.AsSpan().Sort(static (a, b) => a.FirstOffset.CompareTo(b.FirstOffset));
    }

    /// <summary>Decodes until the chunk is full or the slice ends; the slice is released once its last batch is decompressed.</summary>
    /// <exception cref="RecordBatchException">A batch cannot be read.</exception>
    public void Decode(PooledChunk chunk)
    {
        if (_fault is not null)
        {
            throw _fault;
        }

        try
        {
            bool isContinued = _records is not null;
            while (!chunk.IsFull && TryParse(chunk) && !chunk.IsEnough(isContinued) && TryOpenBatch(chunk))
            {
            }
        }
        catch (BatchFault e)
        {
            _fault = Fault(e);
            Drop();
            if (chunk.Chunk.Count == 0)
            {
                throw _fault;
            }
        }

        if (Position >= _range.End)
        {
            Drop(); // the batch may go on behind the range, and is not asked for again
        }

        chunk.Chunk.NextOffset = Math.Min(Position, _range.End);
        chunk.Chunk.HasMore = _records is not null;
    }

    /// <summary>Releases all memory.</summary>
    public void Drop()
    {
        DropSlice();
        _records?.Release();
        _records = null;
    }

    private RecordBatchException Fault(BatchFault fault) => _faults.Corrupt(_range.Partition, _batchOffset, fault.Message, fault);

    /// <summary>Parses the open batch; returns false when the rest must go into another chunk.</summary>
    private bool TryParse(PooledChunk chunk)
    {
        if (_records is null)
        {
            return true;
        }

        if (!chunk.TryShow(_records))
        {
            return false;
        }

        RecordChunk target = chunk.Chunk;
        Span<RecordEntry> room = chunk.Room;
        target.Count += _isMessageSet ? _messages.Parse(room, Position, _range.End) : _parser.Parse(room, Position, _range.End);
        if (_isMessageSet ? !_messages.IsDone : _parser.Left > 0)
        {
            Position = Math.Max(Position, 1 + (_isMessageSet ? _messages.LastOffset : _parser.LastOffset));
            return false;
        }

        Pass();
        return true;
    }

    private void DropSlice()
    {
        _slice.Buffer?.Release();
        _slice = default;
        _arena?.Release();
        _arena = null;
    }

    private void Pass()
    {
        _records?.Release();
        _records = null;
        Position = Math.Max(Position, _batchEnd);
    }

    /// <summary>Opens the next batch that may have rows; returns false at the end of the slice, or when the batch must go into another chunk.</summary>
    private bool TryOpenBatch(PooledChunk chunk)
    {
        while (_records is null)
        {
            if (_slice.Buffer is null || _at == _slice.Length)
            {
                DropSlice();
                return false;
            }

            byte[] bytes = _slice.Buffer.Bytes;
            int start = _at;
            int length = (int)BatchHeader.ReadLength(bytes.AsSpan(start));
            ReadOnlySpan<byte> batch = bytes.AsSpan(start, length);
            if (BatchHeader.ReadMagic(batch) < 2)
            {
                if (!TryOpenMessages(bytes, start, length, chunk))
                {
                    return false;
                }

                continue;
            }

            var header = new BatchHeader(batch);
            _batchOffset = header.BaseOffset;
            _batchEnd = header.LastOffset + 1;
            if (_batchEnd <= Position)
            {
                _at += length;
                continue;
            }

            if (_checked <= start)
            {
                if (Crc32C.Compute(BatchHeader.Checked(batch)) != header.Checksum)
                {
                    if (header.LastOffsetDelta != header.RecordCount - 1)
                    {
                        // The batch's own fields may be what is wrong: where it ends, the one behind it tells.
                        _batchEnd = _slice.Length - start - length >= BatchHeader.PrefixSize ? BatchHeader.ReadBaseOffset(bytes.AsSpan(start + length))
                            : _slice.Next > _batchOffset ? _slice.Next
                            : _batchEnd;
                    }

                    long from = Math.Max(Position, _batchOffset);
                    long to = Math.Min(_batchEnd, _range.End);
                    if (_faults.TrySkipLost(_range.Partition, from, to))
                    {
                        Pass();
                        _at += length;
                        continue;
                    }

                    throw new BatchFault("its checksum (CRC-32C) is wrong; the data is corrupt in the log or was damaged on the way");
                }

                _checked = start + length;
            }

            if (IsWithoutRows(header, bytes, start, length))
            {
                Pass();
            }
            else if (!TryOpen(header, bytes, start + BatchHeader.Size, length - BatchHeader.Size, chunk))
            {
                return false;
            }

            _at += length;
        }

        if (_at == _slice.Length)
        {
            DropSlice();
        }

        return true;
    }

    /// <summary>Opens a batch; returns false when that would take new memory before the chunk, which is not empty, has been passed on.</summary>
    private bool TryOpen(in BatchHeader header, byte[] bytes, int start, int length, PooledChunk chunk)
    {
        CompressionCodec codec = header.Codec;
        if (codec == CompressionCodec.None && RoomInArena < length)
        {
            _isMessageSet = false;
            _parser = new RecordParser(header, bytes, start, start + length);
            Show(_slice.Buffer);
            return true;
        }

        int written;
        if (codec == CompressionCodec.None)
        {
            bytes.AsSpan(start, length).CopyTo(_arena!.Bytes.AsSpan(_arenaUsed));
            written = length;
        }
        else if (!TryDecompress(codec, bytes, start, length, chunk, out written))
        {
            return false;
        }

        _isMessageSet = false;
        _parser = new RecordParser(header, _arena!.Bytes, _arenaUsed, _arenaUsed + written);
        _arenaUsed += written;
        Show(_arena);
        return true;
    }

    /// <summary>Decompresses into the free part of the arena; returns false when that would take new memory before the chunk, which is not empty, has been passed on.</summary>
    private bool TryDecompress(CompressionCodec codec, byte[] bytes, int start, int length, PooledChunk chunk, out int written)
    {
        _codec = codec;
        written = 0;
        int measured = _decompressor.Measure(codec, bytes.AsSpan(start, length));
        if (RoomInArena < measured)
        {
            _arena?.Release();
            _arena = null;
            if (chunk.Chunk.Count > 0)
            {
                return false;
            }

            _arena = _buffers.Rent(Math.Max(ArenaSize - SharedBuffer.Slack, measured), _budget);
            _budget?.OnOpened(_arena.Bytes.Length);
            _arenaUsed = 0;
        }

        written = _decompressor.Decompress(codec, bytes, start, length, _arena!.Bytes, _arenaUsed, measured);
        return true;
    }

    /// <summary>Opens a message of format v0 or v1 and the uncompressed ones that follow it, or skips it when it has no rows; returns false when it must go into another chunk.</summary>
    private bool TryOpenMessages(byte[] bytes, int start, int length, PooledChunk chunk)
    {
        _batchOffset = BatchHeader.ReadBaseOffset(bytes.AsSpan(start));
        _batchEnd = _batchOffset + 1;
        if (_batchEnd <= Position)
        {
            _at += length;
            return true;
        }

        ReadOnlySpan<byte> first = bytes.AsSpan(start, length);
        if (_checked <= start)
        {
            if (!MessageHeader.IsSound(first))
            {
                long from = MessageHeader.ReadCodec(first) == CompressionCodec.None ? Math.Max(Position, _batchOffset) : Position; // a wrapper has the offset of its last record
                if (!_faults.TrySkipLost(_range.Partition, from, Math.Min(_batchEnd, _range.End)))
                {
                    throw new BatchFault("its checksum (CRC-32) is wrong; the data is corrupt in the log or was damaged on the way");
                }

                Pass();
                _at += length;
                return true;
            }

            _checked = start + length;
        }

        var message = new MessageHeader(first);
        if (message.Codec == CompressionCodec.None)
        {
            int run = MessageHeader.MeasurePlainRun(bytes.AsSpan(start, _slice.Length - start), out long last);
            _batchEnd = last + 1;
            _messages = MessageSetParser.OfPlain(bytes, start, start + run);
            Show(_slice.Buffer);
            length = run;
        }
        else
        {
            if (!TryDecompress(message.Codec, bytes, start + message.ValueAt, Math.Max(0, message.ValueLength), chunk, out int written))
            {
                return false;
            }

            _messages = MessageSetParser.OfWrapper(message, _arena!.Bytes, _arenaUsed, _arenaUsed + written);
            _arenaUsed += written;
            Show(_arena);
        }

        _isMessageSet = true;
        _at += length;
        return true;
    }

    private void Show(SharedBuffer records)
    {
        records.AddReference();
        _records = records;
    }

    /// <summary>Whether the batch is a control batch, belongs to an aborted transaction, or was emptied by compaction.</summary>
    private bool IsWithoutRows(in BatchHeader header, byte[] bytes, int start, int length)
    {
        AbortedTransaction[] aborted = _slice.AbortedTransactions ?? [];
        for (; _aborted < aborted.Length && aborted[_aborted].FirstOffset <= header.LastOffset; _aborted++)
        {
            _abortedProducers.Add(aborted[_aborted].ProducerId);
        }

        if (header.IsControl)
        {
            if (_abortedProducers.Count > 0 && ControlRecord.IsAbort(bytes.AsSpan(start + BatchHeader.Size, length - BatchHeader.Size)))
            {
                _abortedProducers.Remove(header.ProducerId);
            }

            return true;
        }

        return header.RecordCount == 0 || (header.IsTransactional && _abortedProducers.Contains(header.ProducerId));
    }
}
