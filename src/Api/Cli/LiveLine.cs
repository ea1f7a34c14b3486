namespace Migrate.Api.Cli;

/// <summary>One line on standard error that changes in place, on a terminal.</summary>
internal sealed class LiveLine(Terminal terminal)
{
    private bool _isOpen;

    public void Show(string line)
    {
        line = line.Length >= terminal.Width ? line[..(terminal.Width - 2)] + "…" : line;
        terminal.Error.Write("\r\u001b[K" + line);
        _isOpen = true;
    }

    /// <summary>Leaves the line to who writes next.</summary>
    public void Clear()
    {
        if (_isOpen)
        {
            terminal.Error.Write("\r\u001b[K");
            _isOpen = false;
        }
    }
}
