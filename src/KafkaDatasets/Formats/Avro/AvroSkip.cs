using System.Diagnostics;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Skips the values of recursive records, which may be nested to any depth, without recursion.</summary>
internal static class AvroSkip
{
    /// <summary>The most records that may begin one within another without a byte between them; only those of a schema without an end do.</summary>
    private const int MostWithoutBytes = 1000;

    /// <summary>Runs steps that only skip.</summary>
    /// <exception cref="MalformedValueException">The value does not match the schema.</exception>
    public static void Run(AvroStep[] steps, ref AvroReader reader, ref string? field)
    {
        var outer = new Stack<Frame>();
        var frame = new Frame(steps);
        int emptyCalls = 0;
        int calledAt = -1;
        while (true)
        {
            if (frame.Next == frame.Steps.Length)
            {
                if (!TryNextItem(ref frame, ref reader) && !outer.TryPop(out frame))
                {
                    return;
                }

                continue;
            }

            AvroStep step = frame.Steps[frame.Next++];
            field = step.Field;
            switch (step.Kind)
            {
                case AvroStepKind.Fixed:
                    field = reader.Remaining < step.Length ? step.FieldAt(reader.Remaining) : field;
                    reader.Take(step.Length);
                    break;
                case AvroStepKind.Long:
                    reader.ReadLong();
                    break;
                case AvroStepKind.Text:
                    reader.ReadBytes();
                    break;
                case AvroStepKind.Union:
                    long branch = reader.ReadLong();
                    AvroStep[] chosen = (ulong)branch < (ulong)step.Branches.Length ? step.Branches[branch] : throw new MalformedValueException($"branch {branch} of a union with {step.Branches.Length} branches");
                    Enter(outer, ref frame, new Frame(chosen));
                    break;
                case AvroStepKind.SkipBlocks:
                    long count = ReadBlock(ref reader);
                    if (count > 0)
                    {
                        Enter(outer, ref frame, new Frame(step.Branches[0]) { Left = count, Start = reader.Position });
                    }

                    break;
                case AvroStepKind.Call:
                    emptyCalls = reader.Position == calledAt ? emptyCalls + 1 : 0;
                    calledAt = reader.Position;
                    if (emptyCalls > MostWithoutBytes)
                    {
                        throw new MalformedValueException("records are nested without end");
                    }

                    Enter(outer, ref frame, new Frame(step.Call!()));
                    break;
                default:
                    throw new UnreachableException($"step {step.Kind}");
            }
        }
    }

    /// <summary>Goes on with inner steps; a frame that is finished is not kept, so that a list of linked records needs no memory.</summary>
    private static void Enter(Stack<Frame> outer, ref Frame frame, Frame inner)
    {
        if (frame.Next < frame.Steps.Length || frame.Left > 0)
        {
            outer.Push(frame);
        }

        frame = inner;
    }

    /// <summary>Begins the next item of the array or map that the frame is in.</summary>
    private static bool TryNextItem(ref Frame frame, ref AvroReader reader)
    {
        if (frame.Left == 0)
        {
            return false;
        }

        frame.Left = reader.Position == frame.Start ? 0 : frame.Left - 1; // after an item of no bytes the remaining ones are empty too
        frame.Left = frame.Left > 0 ? frame.Left : ReadBlock(ref reader);
        frame.Start = reader.Position;
        frame.Next = frame.Left > 0 ? 0 : frame.Next;
        return frame.Left > 0;
    }

    /// <summary>Returns the number of items of the next block without a length, or 0 at the end; blocks with a length are skipped.</summary>
    private static long ReadBlock(ref AvroReader reader)
    {
        while (true)
        {
            long count = reader.ReadBlock(out long bytes);
            if (count == 0 || bytes < 0)
            {
                return count;
            }

            reader.Take((int)bytes);
        }
    }

    /// <summary>Steps that are being run.</summary>
    /// <param name="Steps">The steps.</param>
    private record struct Frame(AvroStep[] Steps)
    {
        /// <summary>The index of the next step.</summary>
        public int Next { get; set; }

        /// <summary>For the items of an array or map: how many of the block are left, including the current one.</summary>
        public long Left { get; set; }

        /// <summary>Where the current item begins.</summary>
        public int Start { get; set; }
    }
}
