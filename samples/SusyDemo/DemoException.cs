namespace SusyDemo;

/// <summary>Something that the user can put right; the message says what and how, and is shown without a stack trace.</summary>
internal sealed class DemoException(string message, Exception? innerException = null) : Exception(message, innerException);
