namespace Migrate.Api.Reports;

/// <summary>Names of VMs in command lines that people copy: whatever a shell reads is left out.</summary>
internal static class FileNames
{
    public static string Of(string name)
    {
        var plain = new string([.. name.Where(x => char.IsAsciiLetterOrDigit(x) || x is '-' or '_' or '.')]).TrimStart('-', '.');
        return plain.Length == 0 ? "vm" : plain;
    }
}
