using System.Text;
using Migrate.Planner.Offline;
using Migrate.Planner.Offline.Vmx;

namespace Migrate.Planner.Tests.Offline.Vmx;

public sealed class VmxFileTests
{
    private readonly Problems _problems = new(OfflineLimits.Default);

    [Theory]
    [InlineData("UTF-8", "日本語 Zürich")]
    [InlineData("windows-1252", "Zürich – café €")]
    [InlineData("Shift_JIS", "日本語ソ表能")] // The second bytes of the last three are \, \ and \.
    [InlineData("GBK", "数据库服务器")]
    [InlineData("windows-932", "日本語")]
    [InlineData("EUC-KR", "데이터베이스")]
    [InlineData("ISO-8859-1", "Zürich")]
    public void The_file_says_in_which_encoding_it_is_written(string name, string text)
    {
        var encoding = name.StartsWith("windows-9", StringComparison.Ordinal) ? CodePagesEncodingProvider.Instance.GetEncoding(932)! : CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        var vmx = VmxFile.Parse(encoding.GetBytes($".encoding = \"{name}\"\ndisplayName = \"{text}\"\n"), "a.vmx", _problems);
        vmx["displayName"].ShouldBe(text);
        _problems.Lines.ShouldBeEmpty();
    }

    [Fact]
    public void Without_a_word_on_it_the_encoding_is_UTF8_where_that_fits_and_else_windows_1252()
    {
        VmxFile.Parse(Encoding.UTF8.GetBytes("displayName = \"Zürich\""), "a.vmx", _problems)["displayName"].ShouldBe("Zürich");
        VmxFile.Parse([.. "displayName = \"Z"u8, 0xFC, .. "rich\""u8], "a.vmx", _problems)["displayName"].ShouldBe("Zürich");
        VmxFile.Parse([0xEF, 0xBB, 0xBF, .. "displayName = \"a\""u8], "a.vmx", _problems)["displayName"].ShouldBe("a");
        VmxFile.Parse(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("displayName = \"é\"")).ToArray(), "a.vmx", _problems)["displayName"].ShouldBe("é");
        _problems.Lines.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a = \"1\"", "1")]
    [InlineData("  A=\"1\"  # why", "1")]
    [InlineData("a = 1", "1")]
    [InlineData("a = 1 # why", "1")]
    [InlineData("a = \"x # no comment\"", "x # no comment")]
    [InlineData("a = \"b = c\"", "b = c")]
    [InlineData("a = \"say |22hi|22 |7C|0A\"", "say \"hi\" |\n")]
    [InlineData("a = \"Z|C3|BCrich\"", "Zürich")]
    [InlineData("a = \"|zz |2\"", "|zz |2")]
    [InlineData("a = \"never closed", "never closed")]
    [InlineData("#!/usr/bin/vmware\r\n\r\na = \"1\"\r\n", "1")]
    public void Lines_are_read_as_VMware_reads_them(string text, string value)
    {
        VmxFile.Parse(Encoding.UTF8.GetBytes(text), "a.vmx", _problems)["a"].ShouldBe(value);
        _problems.Lines.ShouldBeEmpty();
    }

    [Fact]
    public void What_a_line_has_wrong_is_named_with_its_number()
    {
        var vmx = VmxFile.Parse([.. "a = \"1\"\nwhat is this\nA = \"2\"\na = \"1\"\n= \"3\"\n.encoding = \"klingon\"\nb = \""u8, 0xFF, .. "\""u8], "a.vmx", _problems);
        vmx["a"].ShouldBe("1");
        _problems.Lines.ShouldBe(
        [
            "a.vmx: its encoding 'klingon' is not known; it was read as windows-1252",
            "a.vmx line 2: it is no name = \"value\" and was passed over",
            "a.vmx line 3: A is set again, to '2'; its first value '1' was taken",
            "a.vmx line 5: it is no name = \"value\" and was passed over",
        ]);
        // Refused by the framework for what it lets through.
        VmxFile.Parse([.. ".encoding = \"UTF-7\"\na = \"1\""u8], "c.vmx", _problems)["a"].ShouldBe("1");
        _problems.Lines.Last().ShouldStartWith("c.vmx: its encoding 'UTF-7' is not known");
        VmxFile.Parse([.. ".encoding = \"UTF-8\"\nb = \""u8, 0xFF, .. "\""u8], "b.vmx", _problems);
        _problems.Lines.Last().ShouldStartWith("b.vmx: some of its bytes are no utf-8");
    }
}
