using System.Text;

namespace Migrate.Api.Cli;

/// <summary>Where tables are for programs that cut lines at tabs, not for eyes.</summary>
internal sealed class PlainOutput(TextWriter to) : TextWriter
{
    public override Encoding Encoding => to.Encoding;

    public override void Write(char value) => to.Write(value);

    public override void Write(string? value) => to.Write(value);

    public override void WriteLine(string? value) => to.WriteLine(value);
}
