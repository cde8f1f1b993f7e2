using System.Globalization;
using Confluent.Kafka;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Files;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaDatasets.Learning;

/// <summary>Checkpoints as files of a directory.</summary>
internal sealed class DirectoryCheckpoints(string path, int keep) : CheckpointStore
{
    private const string Extension = ".checkpoint";
    private const string TemporaryExtension = ".tmp";

    public override Task<LearningCheckpoint?> ReadLatestAsync(CancellationToken cancellationToken = default) => Task.Run(() => ReadLatest(NullLogger.Instance), cancellationToken);

    public override string ToString() => path;

    internal override Task<ICheckpointWriter> OpenAsync(KafkaDatasetOptions dataset, CancellationToken cancellationToken) => Task.Run<ICheckpointWriter>(() => Open(dataset), cancellationToken);

    internal override Task<IReadOnlyList<byte[]>> ReadJournalAsync(LearningCheckpoint upTo, CancellationToken cancellationToken)
    {
        List<(long Number, byte[] Segment)> segments;
        try
        {
            segments = JournalFile.Read(JournalPath, upTo.Number).Segments;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"The journal '{JournalPath}' cannot be read: {e.Message}", e) { Location = JournalPath, Topic = upTo.Topic };
        }

        if (!IsComplete(segments, upTo.Number))
        {
            throw new CheckpointException(FormattableString.Invariant($"The journal '{JournalPath}' has {segments.Count} valid segments in a row, but checkpoint {upTo.Number} needs as many as its number: the model cannot be learned again from it.")) { Location = JournalPath, Topic = upTo.Topic };
        }

        return Task.FromResult<IReadOnlyList<byte[]>>([.. segments.Select(s => s.Segment)]);
    }

    private static bool IsComplete(List<(long Number, byte[] Segment)> segments, long upTo) => segments.Count == upTo && !segments.Where((s, i) => s.Number != i + 1).Any();

    private string JournalPath => Path.Combine(path, "journal");

    private string PathOf(long number) => Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{number:D12}{Extension}"));

    private Writer Open(KafkaDatasetOptions dataset)
    {
        ILogger logger = dataset.LoggerFactory?.CreateLogger(Instruments.Name) ?? NullLogger.Instance;
        FileStream reserved;
        string lockPath = Path.Combine(path, "lock");
        try
        {
            System.IO.Directory.CreateDirectory(path);
            reserved = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new CheckpointException($"'{path}' is a file, and checkpoints are kept in a directory: choose a directory, or a path where there is nothing yet.", e) { Location = path };
        }
        catch (IOException e) when (File.Exists(lockPath))
        {
            throw new CheckpointException($"The directory of checkpoints '{path}' is used by another process or learner: stop it, or choose another directory. ({e.Message})", e) { Location = path };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"The directory of checkpoints '{path}' cannot be used: {e.Message} Choose a directory that can be written to.", e) { Location = path };
        }

        try
        {
            LearningCheckpoint? latest = ReadLatest(logger);
            foreach (string unfinished in System.IO.Directory.EnumerateFiles(path, $"*{Extension}{TemporaryExtension}"))
            {
                File.Delete(unfinished);
            }

            var writer = new Writer(this, reserved, latest);
            if (latest is not null && !writer.IsJournalComplete)
            {
                Log.JournalIncomplete(logger, JournalPath, latest.Number);
            }

            return writer;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reserved.Dispose();
            throw new CheckpointException($"The directory of checkpoints '{path}' cannot be used: {e.Message} Choose a directory that can be read and written to.", e) { Location = path };
        }
        catch
        {
            reserved.Dispose();
            throw;
        }
    }

    private LearningCheckpoint? ReadLatest(ILogger logger)
    {
        if (!System.IO.Directory.Exists(path))
        {
            return null;
        }

        var faults = new List<string>();
        foreach (string file in Files())
        {
            try
            {
                return CheckpointBytes.Read(File.ReadAllBytes(file), file);
            }
            catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
            {
                Log.CheckpointDamaged(logger, e.Message);
                faults.Add(e.Message);
            }
        }

        return faults.Count == 0 ? null
            : throw new CheckpointException($"No checkpoint in '{path}' is valid: {string.Join(' ', faults)} Restore one from a backup; or delete the directory, to learn from the start.") { Location = path };
    }

    /// <summary>The files of checkpoints, the newest first.</summary>
    private IEnumerable<string> Files() => System.IO.Directory.EnumerateFiles(path, $"*{Extension}").OrderByDescending(f => f, StringComparer.Ordinal);

    /// <summary>What a learner that could not write a checkpoint can go on from.</summary>
    private string WhatIsLeft()
    {
        const string Room = "make room, or make the directory writable, and start again, which learns";
        try
        {
            return !System.IO.Directory.Exists(path) ? $"The directory does not exist any more, and with it the checkpoints are gone: restore it from a backup; or start again, which creates it and learns from the start."
                : Files().Any() ? $"The one before it is still valid: {Room} the rows since then again."
                : $"There is no other checkpoint in the directory: {Room} from the start.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "The directory cannot be read either: make it readable and writable, and start again, which goes on from the newest checkpoint in it.";
        }
    }

    private sealed class Writer : ICheckpointWriter
    {
        private readonly DirectoryCheckpoints _owner;
        private readonly FileStream _lock;
        private long _journalLength;
        private byte[] _journalHash;

        public Writer(DirectoryCheckpoints owner, FileStream reserved, LearningCheckpoint? latest)
        {
            _owner = owner;
            _lock = reserved;
            Latest = latest;
            (List<(long Number, byte[] Segment)> segments, _journalLength, _journalHash) = JournalFile.Read(owner.JournalPath, latest?.Number ?? 0);
            IsJournalComplete = IsComplete(segments, latest?.Number ?? 0);
        }

        /// <summary>Whether the journal goes up to the newest checkpoint.</summary>
        public bool IsJournalComplete { get; }

        public LearningCheckpoint? Latest { get; }

        public Task WriteAsync(LearningCheckpoint checkpoint, byte[] journal, Func<IConsumerGroupMetadata?> membership, CancellationToken cancellationToken)
        {
            string target = _owner.PathOf(checkpoint.Number);
            using var whole = new WholeFile(target + TemporaryExtension);
            try
            {
                (long length, byte[] hash) = JournalFile.Append(_owner.JournalPath, _journalLength, _journalHash, checkpoint.Number, journal);
                using (var file = new FileStream(whole.Temporary, FileMode.Create, FileAccess.Write, FileShare.None))
                {
                    file.Write(CheckpointBytes.Write(checkpoint));
                    file.Flush(flushToDisk: true);
                }

                whole.MoveTo(target);
                DirectorySync.Flush(Path.GetDirectoryName(target)!);
                (_journalLength, _journalHash) = (length, hash);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CheckpointException(
                    FormattableString.Invariant($"Checkpoint {checkpoint.Number} of topic '{checkpoint.Topic}' could not be written to '{target}': {e.Message} {_owner.WhatIsLeft()}"),
                    e)
                {
                    Location = target,
                    Topic = checkpoint.Topic,
                };
            }

            checkpoint.Location = target;
            foreach (string old in _owner.Files().Skip(_owner.Keep))
            {
                FileCleanup.TryDelete(old);
            }

            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => _lock.DisposeAsync();
    }

    private int Keep => keep;
}
