<%@ page contentType="text/plain" session="false" trimDirectiveWhitespaces="true" %><%
java.io.InputStream in = request.getInputStream();
long size = 0;
byte[] room = new byte[65536];
for (int n; (n = in.read(room)) >= 0;) size += n;
out.print(request.getMethod() + " " + size);
%>
