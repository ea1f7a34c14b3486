namespace Migrate.Api.Cli;

/// <summary>How far a reading of known length is, on standard error: a line that changes on a terminal, one every ten seconds elsewhere. Reports may come from several threads.</summary>
internal sealed class ByteProgress(Terminal terminal, bool isQuiet, string what, long total, TimeProvider time) : IProgress<long>
{
    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);
    private readonly Lock _lock = new();
    private readonly LiveLine _line = new(terminal);
    private readonly long _began = time.GetTimestamp();
    private long _saidAt = time.GetTimestamp();

    public void Report(long value)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (isQuiet || time.GetElapsedTime(_saidAt, now) < (terminal.ErrorIsTerminal ? Blink : Quiet))
            {
                return;
            }

            _saidAt = now;
            var rate = value / time.GetElapsedTime(_began, now).TotalSeconds;
            var line = $"{what}: {Text.Progress(value, total, rate)}";
            if (terminal.ErrorIsTerminal)
            {
                _line.Show(line);
            }
            else
            {
                terminal.Error.WriteLine(line);
            }
        }
    }

    /// <summary>Leaves the line to who writes next.</summary>
    public void Finish() => _line.Clear();
}
