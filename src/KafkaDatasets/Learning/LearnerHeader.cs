namespace KafkaDatasets.Learning;

/// <summary>What stands before a learner's state: which learner it is of.</summary>
internal static class LearnerHeader
{
    public static void Write(BinaryWriter writer, IOnlineLearner learner, int version)
    {
        writer.Write(version);
        writer.Write(learner.Name);
        writer.Write(learner.Settings);
        writer.Write(learner.Features.Count);
        foreach (string feature in learner.Features)
        {
            writer.Write(feature);
        }
    }

    /// <exception cref="FormatException">The state is of another learner; the message says what differs.</exception>
    public static void Read(BinaryReader reader, IOnlineLearner learner, int version)
    {
        try
        {
            int written = reader.ReadInt32();
            if (written != version)
            {
                throw new FormatException(FormattableString.Invariant($"The state has the version {written}; this version of the library reads {version}."));
            }

            string name = reader.ReadString();
            string settings = reader.ReadString();
            int count = reader.ReadInt32();
            var features = new List<string>();
            for (int i = 0; i < count; i++)
            {
                features.Add(reader.ReadString());
            }

            if (name != learner.Name || settings != learner.Settings)
            {
                throw new FormatException($"The state is of the learner {name} ({settings}), not of {learner.Name} ({learner.Settings}).");
            }

            if (!features.SequenceEqual(learner.Features))
            {
                throw new FormatException($"The state is of a learner of the features {string.Join(", ", features)}, not {string.Join(", ", learner.Features)}.");
            }
        }
        catch (EndOfStreamException e)
        {
            throw new FormatException($"The state of the learner {learner.Name} is not complete.", e);
        }
    }
}
