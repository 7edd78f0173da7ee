namespace VideoMesh.TestKit.Media;

/// <summary>Where test stories begin: <c>A.Clip.Vfr().Rotated(90)</c>.</summary>
public static class A
{
    private const string Samples = "/usr/share/forensics-samples/original-files";

    public static Clip Clip { get; } = new();

    /// <summary>A phone's recording: 1080p, variable frame rate.</summary>
    public static string PhoneClip { get; } = Samples + "/movie1/VID_20191220_170832.mp4";

    /// <summary>A webcam's recording in one of four containers: mp4, avi, mpeg, ogg.</summary>
    public static string WebcamClip(string extension) => $"{Samples}/movie2/movie-hello.{extension}";
}
