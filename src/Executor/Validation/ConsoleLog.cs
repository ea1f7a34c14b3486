using System.Text;

namespace Migrate.Executor.Validation;

/// <summary>
/// The log of a guest's serial console, read on from where it was left. Keeps only its end, so that a guest that prints without end
/// fills no memory.
/// </summary>
internal sealed class ConsoleLog(IConsoleFile file)
{
    private const int Window = 64 << 10;
    private const int LongestTail = 2000;

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private long _position;
    private string _end = "";

    public string Tail => _end.Length <= LongestTail ? _end : _end[^LongestTail..];

    /// <summary>The line with the text in what came since the last look; null when there is none yet.</summary>
    public async Task<string?> FindAsync(string text, CancellationToken cancellationToken)
    {
        while (await file.ReadAsync(_position, cancellationToken) is { Bytes.Length: > 0 } part)
        {
            _position = part.From + part.Bytes.Length;
            Append(part.Bytes.Span);
            if (WholeLineWith(text) is { } line)
            {
                return line;
            }
        }

        return null;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        var characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        var count = _decoder.GetChars(bytes, characters, flush: false);
        // Serial consoles end lines with CR LF.
        var all = _end + new string(characters, 0, count).Replace("\r", "", StringComparison.Ordinal);
        // What was searched before is kept too: a text may lie across two reads.
        _end = all.Length <= 2 * Window ? all : all[^(2 * Window)..];
    }

    /// <summary>The line must have ended: what follows the text (a hash, say) is part of the finding.</summary>
    private string? WholeLineWith(string text)
    {
        var at = _end.IndexOf(text, StringComparison.Ordinal);
        var end = at < 0 ? -1 : _end.IndexOf('\n', at);
        return end < 0 ? null : _end[(_end.LastIndexOf('\n', at) + 1)..end].Trim();
    }
}
